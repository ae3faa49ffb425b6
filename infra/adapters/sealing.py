"""Originals of dead letters, encrypted at rest with AES-256-GCM (contract §1)."""

import os

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.envelope import Record

NONCE_BYTES = 12


class SealError(Exception):
    """An original cannot be opened with this key."""


class Seal:
    """Closes records into bytes that only the holder of `DEAD_LETTER_KEY` opens."""

    def __init__(self, key: bytes) -> None:
        """Take a key of 32 bytes."""
        self._cipher = AESGCM(key)

    def close(self, record: Record) -> bytes:
        """Encrypt a record: a fresh nonce, then the sealed MessagePack of all its fields."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, msgspec.msgpack.encode(record), None)

    def open(self, sealed: bytes) -> Record:
        """Decrypt a record byte for byte.

        Raises:
            SealError: another key closed it, or its bytes have changed.
        """
        try:
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except InvalidTag:
            raise SealError("DEAD_LETTER_KEY: does not open this dead letter; set the key that closed it") from None
        return msgspec.msgpack.decode(plain, type=Record)
