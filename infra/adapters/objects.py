"""The object store: a folder or an S3 bucket, as GUICHET_OBJECTS says (contract §7).

What S3 needs besides (region, credentials, endpoint) comes from the usual `AWS_…` variables, which obstore reads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from infra.adapters.settings import SettingsError

RETRIES, RETRIED_FOR = 3, timedelta(seconds=10)
"""A command waits no longer; who retries on and on does so above this."""


class ObjectsAwayError(Exception):
    """The object store does not answer, or is not there."""


class ObjectDiffersError(Exception):
    """An object that is written once is there already, with other content."""


class Objects:
    """Objects by their keys, such as `statements/<statement_id>.pdf`; each is written once."""

    def __init__(self, address: str) -> None:
        """Open a store, `file:///folder` (which must be there) or `s3://bucket/prefix`.

        Raises:
            ObjectsAwayError: the folder is not there.
            SettingsError: the address cannot be used.
        """
        with _errors():
            self._store = _open(address)

    async def get(self, key: str) -> bytes | None:
        """Give an object's content, None where there is none.

        Raises:
            ObjectsAwayError: the store does not answer.
            SettingsError: it refuses who asks.
        """
        with _errors():
            try:
                found = await self._store.get_async(key)
            except FileNotFoundError:
                return None
            return bytes(await found.bytes_async())

    async def put_once(self, key: str, content: bytes) -> None:
        """Write an object where there is none; an equal one that is there already is as good.

        Raises:
            ObjectDiffersError: another one is there, which stays.
            ObjectsAwayError: the store does not answer.
            SettingsError: it refuses who asks.
        """
        with _errors():
            try:
                await self._store.put_async(key, content, mode="create")
                return
            except AlreadyExistsError:
                pass
        if await self.get(key) != content:
            raise ObjectDiffersError(key)


def _open(address: str) -> LocalStore | S3Store:
    parts = urlsplit(address)
    if parts.scheme == "file":
        return LocalStore(url2pathname(parts.path))
    return S3Store.from_url(address, retry_config={"max_retries": RETRIES, "retry_timeout": RETRIED_FOR})


@contextmanager
def _errors() -> Iterator[None]:
    """Tell what the store, or its driver, holds against us, without its words: they may hold a key."""
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise SettingsError(
            f"GUICHET_OBJECTS: the store refuses us ({type(error).__name__}); check the folder's rights, or AWS_…"
        ) from None
    except (BaseError, OSError) as error:
        raise ObjectsAwayError(type(error).__name__) from None
