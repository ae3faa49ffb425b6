"""Up, down and status of a home."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil

from infra.local_stack.home import Home, StackError
from infra.local_stack.processes import MARK, alive, end, lives, strays
from infra.local_stack.services import PYTHON

SUPERVISOR = "infra.local_stack.supervisor"
LOOK_EVERY_S = 0.05
READY_WITHIN_S = 600.0
STOPPED_WITHIN_S = 90.0


def up(home: Home, tell: Callable[[str], None], give_up: Callable[[], bool] = lambda: False) -> None:
    """Start what is not running and return once all is ready; a supervisor stays in the background.

    Args:
        tell: is told what is being done.
        give_up: asked again and again; once it says yes, `up` returns without waiting further.

    Raises:
        StackError: something cannot be started. What this call started is stopped again, what ran before goes on.
    """
    with home.locked("up"):
        supervisor = _supervisor(home)
        state = home.read_state()
        if supervisor is not None and state.get("doing") in ("stopping", "stopped"):
            _stop_supervisor(supervisor)
            supervisor = None
        if supervisor is not None:
            supervisor.send_signal(signal.SIGUSR1)
            _until_ready(home, tell, give_up, asked=state.get("asked", 0))
            return
        try:
            _supervise(home)
            _until_ready(home, tell, give_up, asked=-1)
        except StackError:
            _stop(home)
            raise


def _supervisor(home: Home) -> psutil.Process | None:
    """Find this home's supervisor; one whose state was lost is asked to write it again."""
    if (known := alive(home.read_state().get("supervisor", {}))) is not None:
        return known
    lost = next((process for process in strays(home, []) if SUPERVISOR in process.cmdline()), None)
    if lost is not None:
        lost.send_signal(signal.SIGUSR1)
        while lives(lost) and not home.read_state().get("supervisor"):
            time.sleep(LOOK_EVERY_S)
    return lost if lives(lost) else None


def _supervise(home: Home) -> None:
    """Start a supervisor that outlives this process."""
    before = home.read_state()
    home.write_state(before | {"doing": "starting", "failed": None})
    log = str(home.logs / "supervisor.log")
    pid = os.posix_spawn(
        PYTHON[0],
        [*PYTHON, SUPERVISOR, str(home.path)],
        os.environ | {MARK: str(home.path)},
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


def _until_ready(home: Home, tell: Callable[[str], None], give_up: Callable[[], bool], asked: int) -> None:
    """Wait until all is ready; problems count once the supervisor was asked more often than `asked` times."""
    told, deadline = "", time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and not give_up():
        state = home.read_state()
        if state.get("failed"):
            raise StackError(state["failed"])
        if (doing := _doing(state)) != told:
            told = doing
            tell(doing)
        if state.get("doing") == "running" and state.get("asked", 0) > asked:
            _raise_problem(state)
            if not _waiting(state):
                return
        if alive(state.get("supervisor", {})) is None:
            raise StackError(f"the supervisor ended; see {home.logs / 'supervisor.log'}")
        time.sleep(LOOK_EVERY_S)
    if not give_up():
        raise StackError(f"not ready in time: {_doing(home.read_state())}; see {home.logs}")


def _raise_problem(state: dict[str, Any]) -> None:
    for service in state.get("services", {}).values():
        if service.get("problem"):
            raise StackError(service["problem"])


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
        return _stop(home)


def _stop(home: Home) -> bool:
    state = home.read_state()
    supervisor = alive(state.get("supervisor", {}))
    if supervisor is not None:
        _stop_supervisor(supervisor)
    left = [
        (process, service["stop_signal"])
        for service in state.get("services", {}).values()
        if (process := alive(service)) is not None
    ]
    end(left)
    lost = [process for process in strays(home, []) if process.pid != os.getpid()]
    end([(process, "SIGINT" if process.name() == "postgres" else "SIGTERM") for process in lost])
    return supervisor is not None or bool(left) or bool(lost)


def _stop_supervisor(supervisor: psutil.Process) -> None:
    supervisor.send_signal(signal.SIGTERM)
    try:
        supervisor.wait(STOPPED_WITHIN_S)
    except psutil.TimeoutExpired:
        if alive({"pid": supervisor.pid, "created": supervisor.create_time()}) is not None:
            raise StackError(f"the supervisor (process {supervisor.pid}) does not stop; kill it") from None


def supervised(home: Home) -> bool:
    """Tell whether a supervisor looks after this home."""
    return alive(home.read_state().get("supervisor", {})) is not None


def running(home: Home) -> list[dict[str, Any]]:
    """Describe the processes of a home: name, pid, http_port, state, restarts, problem."""
    state = home.read_state()
    watched = alive(state.get("supervisor", {})) is not None
    return [
        {
            "name": name,
            "pid": process.pid if (process := alive(service)) else None,
            "http_port": service["http_port"],
            "state": _state(service["state"], watched, process is not None),
            "restarts": service["restarts"],
            "problem": service.get("problem") if watched else None,
        }
        for name, service in state.get("services", {}).items()
    ]


def _state(told: str, watched: bool, lives: bool) -> str:
    """Say what a process does; what a dead supervisor wrote is not trusted."""
    if lives:
        return told if watched else "UNWATCHED"
    return told if watched and told == "WAITING" else "STOPPED"
