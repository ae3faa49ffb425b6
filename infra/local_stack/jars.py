"""The Apache Kafka jars: resolved from Maven by jgo, each verified by SHA-256, kept for all homes."""

import shutil
import tempfile
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from infra.local_stack.home import StackError, cache_folder

ARTEFACTS = ("org.apache.kafka:kafka_2.13:4.1.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3")
FOLDER = "kafka-4.1.0"


def pinned() -> dict[str, str]:
    """Give the SHA-256 of each jar by its file name."""
    lines = files(__package__).joinpath("kafka-jars.sha256").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def kafka_jars(tell: Callable[[str], None]) -> list[Path]:
    """Give Kafka's jars, and no other file, downloading them when one is missing.

    Raises:
        StackError: a jar is not the one that is pinned, or cannot be had.
    """
    folder = cache_folder() / FOLDER
    if missing(folder):
        tell("downloading Apache Kafka from Maven (about 45 MB, once)")
        _download(folder)
        if wrong := missing(folder):
            raise StackError(
                f"kafka: {wrong[0]} is not the pinned one; check the Maven mirror, remove {folder}, try again"
            )
    return [folder / name for name in pinned()]


def missing(folder: Path) -> list[str]:
    """Name the jars that are not there or not as pinned."""
    return [name for name, digest in pinned().items() if _digest(folder / name) != digest]


def _digest(path: Path) -> str | None:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _download(folder: Path) -> None:
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext

    folder.mkdir(parents=True, exist_ok=True)
    wanted = pinned()
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        place = Path(scratch)
        builder = EnvironmentBuilder(context=MavenContext(repo_cache=place / "m2"), cache_dir=place / "environments")
        for artefact in ARTEFACTS:
            try:
                environment = builder.from_endpoint(artefact)
            except Exception as error:  # jgo raises whatever its downloads raise
                raise StackError(
                    f"kafka: {artefact} cannot be had ({type(error).__name__}); check the network"
                ) from error
            for jar in Path(environment.path).rglob("*.jar"):
                if wanted.get(jar.name) == _digest(jar):
                    shutil.move(jar, folder / jar.name)
