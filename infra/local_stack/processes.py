"""Processes of a stack: started apart from the terminal, known again by number and creation time, ended in order."""

import os
import pwd
import signal
import subprocess
import time
from typing import Any

import psutil

from infra.adapters.settings import PREFIX
from infra.local_stack.environment import OWN
from infra.local_stack.home import Home
from infra.local_stack.services import Service

MARK = "_GUICHET_STACK"
STOP_WITHIN_S = 20.0
LEFT_WITHIN_S = 0.05


def start(home: Home, service: Service) -> psutil.Process:
    """Start a service in a session of its own, so that Ctrl-C in a terminal does not reach it; it writes to its log."""
    account = pwd.getpwnam(service.user) if service.user else None
    with (home.logs / f"{service.name}.log").open("ab") as log:
        child = subprocess.Popen(
            service.command,
            env=_inherited() | dict(service.env) | {MARK: str(home.path)},
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=None if service.env else "/",
        )
    return psutil.Process(child.pid)


def _inherited() -> dict[str, str]:
    """Give the environment without what would speak of other services than the stack's own."""
    files = {f"{PREFIX}{name}_FILE" for name in OWN}
    return {name: value for name, value in os.environ.items() if name not in files}


def lives(process: psutil.Process | None) -> bool:
    """Tell whether a process runs; one that ended and was not collected does not."""
    try:
        return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def alive(entry: dict[str, Any]) -> psutil.Process | None:
    """Give the process of a state entry when it lives and is the same one, not another that got its number."""
    try:
        process = psutil.Process(entry["pid"])
        same = abs(process.create_time() - entry["created"]) < 1.0
    except (psutil.NoSuchProcess, KeyError, TypeError, ValueError):
        return None
    return process if same and lives(process) else None


def strays(home: Home, known: list[psutil.Process]) -> list[psutil.Process]:
    """Find processes of this home that its state does not know: it was removed, or a supervisor killed too early."""
    mine = {process.pid for process in known}
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(home.path) and not mine & _line(process):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _line(process: psutil.Process) -> set[int]:
    return {process.pid} | {parent.pid for parent in process.parents()}


def end(processes: list[tuple[psutil.Process, str]]) -> None:
    """Send each process its signal, wait at most 20 s, kill the rest."""
    for process, name in processes:
        _send(process, name)
    left = _outlive([process for process, _ in processes], STOP_WITHIN_S)
    for process in left:
        _send(process, "SIGKILL")
    _outlive(left, STOP_WITHIN_S)


def _send(process: psutil.Process, name: str) -> None:
    try:
        process.send_signal(getattr(signal, name))
    except psutil.NoSuchProcess:
        return


def _outlive(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have ended, and give those that have not; uncollected children of others count as ended."""
    deadline_s = time.monotonic() + seconds
    while (left := [process for process in processes if lives(process)]) and time.monotonic() < deadline_s:
        psutil.wait_procs(left, timeout=LEFT_WITHIN_S)
    return left


def reap() -> None:
    """Collect children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
