"""Up, down and status of a home."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from infra.local_stack.home import Home, StackError
from infra.local_stack.supervisor import alive, end

LOOK_EVERY_S = 0.05
READY_WITHIN_S = 600.0
STOPPED_WITHIN_S = 90.0


def up(home: Home, tell: Callable[[str], None], give_up: Callable[[], bool] = lambda: False) -> None:
    """Start what is not running and return once all is ready; a supervisor stays in the background.

    Args:
        tell: is told what is being done.
        give_up: asked again and again; once it says yes, `up` returns without waiting further.

    Raises:
        StackError: something cannot be started.
    """
    with home.locked("up"):
        supervisor = alive(home.read_state().get("supervisor", {}))
        if supervisor is None:
            _supervise(home)
        else:
            supervisor.send_signal(signal.SIGUSR1)
        _until_ready(home, tell, give_up)


def _supervise(home: Home) -> None:
    """Start a supervisor that outlives this process."""
    before = home.read_state()
    home.write_state(before | {"doing": "starting", "failed": None})
    log = str(home.logs / "supervisor.log")
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "infra.local_stack.supervisor", str(home.path)],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    deadline = time.monotonic() + READY_WITHIN_S
    while home.read_state().get("supervisor", {}).get("pid") != pid:
        if os.waitpid(pid, os.WNOHANG)[0] or time.monotonic() > deadline:
            raise StackError(f"the supervisor did not start; see {log}")
        time.sleep(LOOK_EVERY_S)


def _until_ready(home: Home, tell: Callable[[str], None], give_up: Callable[[], bool]) -> None:
    told, deadline = "", time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and not give_up():
        state = home.read_state()
        if state.get("failed"):
            raise StackError(state["failed"])
        if (doing := _doing(state)) != told:
            told = doing
            tell(doing)
        if not _waiting(state) and state.get("doing") == "running":
            return
        if alive(state.get("supervisor", {})) is None:
            raise StackError(f"the supervisor ended; see {home.logs / 'supervisor.log'}")
        time.sleep(LOOK_EVERY_S)
    if give_up():
        return
    raise StackError(f"not ready in time: {_doing(home.read_state())}; see {home.logs}")


def _waiting(state: dict[str, Any]) -> list[str]:
    return [name for name, service in state.get("services", {}).items() if service["state"] != "READY"]


def _doing(state: dict[str, Any]) -> str:
    waiting = _waiting(state)
    doing = str(state.get("doing", "starting"))
    if doing != "running":
        return doing
    return f"waiting for {', '.join(waiting)}" if waiting else "ready"


def down(home: Home) -> bool:
    """Stop everything of a home; data stays. Tells whether anything was running.

    Raises:
        StackError: something would not stop.
    """
    with home.locked("up"):
        state = home.read_state()
        supervisor = alive(state.get("supervisor", {}))
        if supervisor is not None:
            supervisor.send_signal(signal.SIGTERM)
            try:
                supervisor.wait(STOPPED_WITHIN_S)
            except Exception:
                raise StackError(f"the supervisor (process {supervisor.pid}) does not stop; kill it") from None
        left = [
            (process, service["stop_signal"])
            for service in state.get("services", {}).values()
            if (process := alive(service)) is not None
        ]
        end(left)
        return supervisor is not None or bool(left)


def running(home: Home) -> list[dict[str, Any]]:
    """Describe the processes of a home: name, pid, http_port, state, restarts."""
    state = home.read_state()
    watched = alive(state.get("supervisor", {})) is not None
    return [
        {
            "name": name,
            "pid": process.pid if (process := alive(service)) else None,
            "http_port": service["http_port"],
            "state": _state(service["state"], watched, process is not None),
            "restarts": service["restarts"],
        }
        for name, service in state.get("services", {}).items()
    ]


def _state(told: str, watched: bool, lives: bool) -> str:
    """Say what a process does; what a dead supervisor wrote is not trusted."""
    if lives:
        return told if watched else "UNWATCHED"
    return told if watched and told == "WAITING" else "STOPPED"
