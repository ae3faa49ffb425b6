"""Kafka's jars are the pinned ones or none (SHA-256)."""

from pathlib import Path

import pytest

from infra.local_stack import jars
from infra.local_stack.home import StackError
from tests.local_stack.conftest import silent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of jars, from which downloads are cut off."""
    monkeypatch.setattr(jars, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(jars, "_download", lambda _folder: None)
    folder = tmp_path / jars.FOLDER
    folder.mkdir()
    return folder


@pytest.mark.parametrize("content", [b"", b"not the pinned one"])
def test_a_wrong_jar_is_refused(folder: Path, content: bytes) -> None:
    for name in jars.pinned():
        (folder / name).write_bytes(content)
    with pytest.raises(StackError, match="is not the pinned one"):
        jars.kafka_jars(silent)


def test_a_missing_jar_is_refused(folder: Path) -> None:
    with pytest.raises(StackError, match="is not the pinned one"):
        jars.kafka_jars(silent)
