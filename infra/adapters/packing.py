"""Records packed into one value, as MessagePack: `[[key, value, [[name, value], …]], …]`."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class OutgoingRecord(NamedTuple):
    """A record to publish: its bytes are sent as they are."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[OutgoingRecord])


def pack(records: Sequence[OutgoingRecord]) -> bytes:
    """Pack records; `unpack` gives them back byte for byte."""
    return _encoder.encode(records)


def unpack(payload: bytes) -> list[OutgoingRecord]:
    """Unpack what `pack` made; raises `msgspec.DecodeError` for anything else."""
    return _decoder.decode(payload)
