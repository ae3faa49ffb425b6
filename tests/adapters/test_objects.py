"""Objects are written once, in a folder and in S3 alike; a store that is away says so."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from infra.adapters.objects import ObjectDiffersError, Objects, ObjectsAwayError
from infra.adapters.settings import SettingsError, load_settings

KEY = "statements/01a21e17-48f0-82c6-8c44-40692b27fce5.pdf"
S3 = "s3://bucket/pre/fix"


class Bucket(BaseHTTPRequestHandler):
    """Stands in for S3: GET, and PUT that keeps to `If-None-Match: *`; `status` is said instead where there is one."""

    held: dict[str, bytes]
    status = 0

    def do_GET(self) -> None:
        self._say(self.status or (200 if self.path in self.held else 404), self.held.get(self.path, b""))

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if self.status or (self.path in self.held and self.headers["if-none-match"] == "*"):
            return self._say(self.status or 412, b"")
        self.held[self.path] = content
        return self._say(200, b"")

    def _say(self, status: int, content: bytes) -> None:
        self.send_response(status)
        for name, value in {
            "content-length": str(len(content)),
            "etag": '"1"',
            "last-modified": "Sat, 28 Nov 2026 00:00:00 GMT",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def bucket() -> Iterator[type[Bucket]]:
    handler = type("ABucket", (Bucket,), {"held": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with s3_at(server.server_port):
                yield handler
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def s3_at(port: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        patch.setenv("AWS_ALLOW_HTTP", "true")
        patch.setenv("AWS_REGION", "ca-central-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "id")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        yield


@pytest.fixture(params=["file", "s3"])
def address(request, tmp_path):
    if request.param == "s3":
        with bucket():
            yield S3
    else:
        (tmp_path / "a store é#").mkdir()
        yield (tmp_path / "a store é#").as_uri()


async def test_what_was_put_is_got(address):
    objects = Objects(address)
    assert await objects.get(KEY) is None
    await objects.put_once(KEY, b"one")
    assert await Objects(address).get(KEY) == b"one"


async def test_an_object_is_written_once(address):
    objects = Objects(address)
    await objects.put_once(KEY, b"one")
    await objects.put_once(KEY, b"one")
    with pytest.raises(ObjectDiffersError, match=KEY):
        await objects.put_once(KEY, b"two")
    assert await objects.get(KEY) == b"one"


async def test_an_object_lies_in_the_folder_under_its_key(tmp_path):
    await Objects(tmp_path.as_uri()).put_once(KEY, b"one")
    assert (tmp_path / KEY).read_bytes() == b"one"
    assert list(tmp_path.rglob("*#*")) == []


async def test_an_object_lies_in_the_bucket_under_prefix_and_key():
    with bucket() as handler:
        await Objects(S3).put_once(KEY, b"one")
        assert handler.held == {f"/bucket/pre/fix/{KEY}": b"one"}


def test_a_folder_that_is_not_there_is_away(tmp_path):
    with pytest.raises(ObjectsAwayError):
        Objects((tmp_path / "gone").as_uri())
    assert not (tmp_path / "gone").exists()


async def test_a_bucket_that_does_not_answer_is_away(monkeypatch):
    monkeypatch.setattr("infra.adapters.objects.RETRIES", 0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with s3_at(port), pytest.raises(ObjectsAwayError):
        await Objects(S3).get(KEY)


async def test_a_bucket_with_a_fault_of_its_own_is_away(monkeypatch):
    monkeypatch.setattr("infra.adapters.objects.RETRIES", 0)
    with bucket() as handler:
        handler.status = 503
        with pytest.raises(ObjectsAwayError):
            await Objects(S3).put_once(KEY, b"one")


async def test_a_bucket_that_is_not_there_is_away_when_written_to():
    with bucket() as handler:
        handler.status = 404
        with pytest.raises(ObjectsAwayError):
            await Objects(S3).put_once(KEY, b"one")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_store_that_refuses_us_is_a_wrong_setting_and_its_words_are_not_repeated(status):
    with bucket() as handler:
        handler.status = status
        with pytest.raises(SettingsError, match=r"^GUICHET_OBJECTS: .*AWS_") as refused:
            await Objects(S3).get(KEY)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("right", ["file:///srv/objects", "file:///srv/a%20b", "s3://bucket", "s3://bucket/a/b"])
def test_a_folder_or_a_bucket_is_taken(monkeypatch, right):
    monkeypatch.setenv("GUICHET_OBJECTS", right)
    assert load_settings("OBJECTS").objects == right


@pytest.mark.parametrize(
    "wrong",
    [
        "/srv/objects",
        "objects",
        "file:objects",
        "file://objects",
        "file:///a b",
        "file:///a#b",
        "s3:///prefix",
        "s3://",
        "s3://bucket?x=1",
        "gs://bucket",
        "http://[",
    ],
)
def test_anything_else_is_named_with_what_to_do(monkeypatch, wrong):
    monkeypatch.setenv("GUICHET_OBJECTS", wrong)
    with pytest.raises(SettingsError, match=r"^GUICHET_OBJECTS: is no object store; write file:///folder or s3://"):
        load_settings("OBJECTS")


def test_a_store_that_is_needed_is_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GUICHET_OBJECTS", raising=False)
    with pytest.raises(SettingsError, match=r"^GUICHET_OBJECTS: is not set; file:///folder or s3://bucket"):
        load_settings("OBJECTS")
