"""A contender's processes: started together, ended together."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.bench.stack import Stack

STOP_WITHIN_S = 30.0


@contextmanager
def running(stack: Stack, name: str, commands: Sequence[tuple[str, ...]]) -> Iterator[list[int]]:
    """Run processes, each `python` with arguments; gives their ids. Logs `NAME-1.log`… lie in the stack's home."""
    logs = stack.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    started: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate(commands, 1):
            with (logs / f"{name}-{number}.log").open("ab") as log:
                started.append(_start(command, stack.environment, log.fileno()))
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            _end(process)


def _start(command: tuple[str, ...], environment: dict[str, str], log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *command],
        env=os.environ | environment | {"GUICHET_HTTP_PORT": "0"},
        stdout=log,
        stderr=log,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
