r"""Records whose header names are not UTF-8: aiokafka raises on one for ever, so the partition would stand still.

Kafka says that header names are UTF-8, but its brokers do not look. Here such a name is read with its wrong bytes
as `\xff`, by aiokafka's own pure-Python reader; all other records go through its fast one.
"""

from collections.abc import Iterator
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

OVERHEAD_BYTES = 12
"""Base offset (8) and length (4), before what the length counts."""


class _Text(bytearray):
    """Bytes that any UTF-8 reader can read."""

    def decode(self, _encoding: str = "utf-8", _errors: str = "strict") -> str:
        return super().decode("utf-8", "backslashreplace")


class _Buffer(bytearray):
    """A buffer whose parts are such bytes."""

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        part = super().__getitem__(place)
        return _Text(part) if isinstance(part, bytearray) else part


class _ReadableBatch(_DefaultRecordBatchPy):  # type: ignore[misc] # final in its annotations only
    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Buffer(self._buffer)


class _Batch:
    """A batch as aiokafka's fast reader sees it, read again where a header's name is not UTF-8."""

    def __init__(self, batch: Any, content: bytes, start: int) -> None:
        self._batch = batch
        self._content = content
        self._start = start

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            return iter(list(_ReadableBatch(self._content[self._start : _end(self._content, self._start)])))


class ReadableRecords:
    """Stands for aiokafka's `MemoryRecords`: the batches of one answer to a fetch."""

    def __init__(self, content: bytes) -> None:
        """Read the batches in `content`."""
        self._records = MemoryRecords(content)
        self._content = content
        self._start = 0

    def size_in_bytes(self) -> int:
        """Give the size of all batches."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Tell whether another whole batch is there."""
        return bool(self._records.has_next())

    def next_batch(self) -> _Batch | None:
        """Give the next batch."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        start, self._start = self._start, _end(self._content, self._start)
        return _Batch(batch, self._content, start)


def _end(content: bytes, start: int) -> int:
    return start + OVERHEAD_BYTES + int.from_bytes(content[start + 8 : start + OVERHEAD_BYTES], "big")


def read_any_header_name() -> None:
    """Let every aiokafka consumer of this process read header names that are not UTF-8; again changes nothing."""
    vars(fetcher)["MemoryRecords"] = ReadableRecords
