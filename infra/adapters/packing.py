"""Records packed into one value: MessagePack `[[key, value, [[name, value], …]], …]`, compressed by zstd."""

from collections.abc import Sequence

import cramjam
import msgspec
from msgspec import Struct

FASTEST = 1


class OutgoingRecord(Struct, frozen=True, array_like=True):
    """A record to publish: its bytes are sent as they are."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[OutgoingRecord])


def pack(records: Sequence[OutgoingRecord]) -> bytes:
    """Pack records; `unpack` gives them back byte for byte."""
    return bytes(cramjam.zstd.compress(_encoder.encode(records), FASTEST))


def unpack(payload: bytes) -> list[OutgoingRecord]:
    """Unpack what `pack` made; raises `cramjam.DecompressionError` for anything else."""
    return _decoder.decode(bytes(cramjam.zstd.decompress(payload)))
