"""Keeps the local stack running: starts what is not, restarts what dies, with growing delay, stops all in order."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import psutil

from infra.local_stack.environment import environment, process_names
from infra.local_stack.home import Home, StackError, free_port
from infra.local_stack.prepare import make_database, prepare_services
from infra.local_stack.services import Service, in_use, kafka, mail_sink, own_process, postgresql

LOOK_EVERY_S = 0.1
DELAYS_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
CALM_AFTER_S = 60.0
STOP_WITHIN_S = 20.0


@dataclass(slots=True)
class Watched:
    """A service and what became of it so far."""

    service: Service
    process: psutil.Process | None = None
    state: str = "STARTING"
    restarts: int = 0
    started_s: float = 0.0
    not_before_s: float = 0.0

    def running(self) -> bool:
        """Tell whether its process lives."""
        if self.process is None:
            return False
        try:
            return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


class Supervisor:
    """One for each home; a second one finds the first and goes."""

    def __init__(self, home: Home) -> None:
        """Take over what an earlier supervisor of this home left running."""
        self._home = home
        self._left = home.read_state().get("services", {})
        self._watched: dict[str, Watched] = {}
        self._stop = Event()
        self._doing = "starting"
        self._failed: str | None = None

    def run(self) -> None:
        """Run until SIGTERM, then stop everything in order."""
        signal.signal(signal.SIGTERM, lambda *_: self._stop.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, lambda *_: self._hurry())
        try:
            self._start_all()
            while not self._stop.wait(LOOK_EVERY_S):
                self._look()
        except StackError as error:
            self._failed = str(error)
        finally:
            self._tell("stopping")
            self._stop_all()
            self._tell("stopped")

    def _start_all(self) -> None:
        """Start services, make tables and topics, then start Guichet's own processes."""
        self._add(postgresql(self._home, self._tell))
        self._add(kafka(self._home, self._tell))
        self._add(mail_sink(self._home))
        self._tell("starting Kafka, PostgreSQL and the mail sink")
        self._until_up()
        self._tell("making tables and topics")
        make_database(self._home)
        prepare_services(environment(self._home))
        self._tell("starting Guichet's processes")
        self._add_own()
        self._tell("running")

    def _add_own(self) -> None:
        wanted = process_names(self._home)
        for name in wanted:
            if name not in self._watched:
                port = self._left.get(name, {}).get("http_port") or free_port()
                self._add(own_process(name, port, environment(self._home)))
        for name, watched in list(self._watched.items()):
            if watched.service.env and name not in wanted:
                self._end([watched])
                del self._watched[name]

    def _until_up(self) -> None:
        while not self._stop.is_set():
            self._look()
            if all(watched.state == "READY" for watched in self._watched.values()):
                return
            self._stop.wait(LOOK_EVERY_S)
        raise StackError("stopped while starting")

    def _hurry(self) -> None:
        """Start at once what waits for its delay: somebody asked with `guichet up`."""
        for watched in self._watched.values():
            watched.not_before_s = 0.0
        if self._doing == "running":
            self._add_own()

    def _add(self, service: Service) -> None:
        watched = Watched(service, self._adopted(service.name))
        if watched.process is None:
            self._start(watched)
        self._watched[service.name] = watched
        self._write()

    def _adopted(self, name: str) -> psutil.Process | None:
        """Find a process that an earlier supervisor of this home started; its creation time proves it."""
        return alive(self._left.get(name, {}))

    def _start(self, watched: Watched) -> None:
        service = watched.service
        if in_use(service.port):
            raise StackError(
                f"{service.name}: port {service.port} is taken by another program; stop it, "
                f"or remove {self._home.path / 'ports.json'} to have other ports"
            )
        log = (self._home.logs / f"{service.name}.log").open("ab")
        with log:
            child = subprocess.Popen(
                service.command,
                env=os.environ | dict(service.env),
                user=service.user,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self._home.path if service.user is None else "/",
            )
        watched.process = psutil.Process(child.pid)
        watched.state = "STARTING"
        watched.started_s = time.monotonic()

    def _look(self) -> None:
        reap()
        changed = False
        for watched in self._watched.values():
            before = (watched.state, watched.process)
            self._look_at(watched)
            changed |= before != (watched.state, watched.process)
        if changed:
            self._write()

    def _look_at(self, watched: Watched) -> None:
        now_s = time.monotonic()
        if watched.running():
            if watched.state != "READY" or watched.service.env:
                watched.state = "READY" if answers(watched.service) else "STARTING"
            if watched.state == "READY" and now_s - watched.started_s > CALM_AFTER_S:
                watched.restarts = min(watched.restarts, 1)
            return
        if watched.state != "WAITING":
            watched.state = "WAITING"
            watched.not_before_s = now_s + DELAYS_S[min(watched.restarts, len(DELAYS_S) - 1)]
        if now_s >= watched.not_before_s:
            watched.restarts += 1
            try:
                self._start(watched)
            except StackError as error:
                watched.not_before_s = now_s + 1.0
                print(f"{error}; trying again", file=sys.stderr, flush=True)  # noqa: T201 -- its log file

    def _stop_all(self) -> None:
        own = [watched for watched in self._watched.values() if watched.service.env]
        services = [watched for watched in self._watched.values() if not watched.service.env]
        self._end(own)
        self._end(services)

    def _end(self, those: list[Watched]) -> None:
        """Ask processes to end, wait, and kill those that do not."""
        alive_ones = [watched for watched in those if watched.running()]
        end([(watched.process, watched.service.stop_signal) for watched in alive_ones if watched.process])
        for watched in those:
            watched.state, watched.process = "STOPPED", None

    def _tell(self, doing: str) -> None:
        self._doing = doing
        self._write()

    def _write(self) -> None:
        me = psutil.Process()
        self._home.write_state(
            {
                "doing": self._doing,
                "failed": self._failed,
                "supervisor": {"pid": me.pid, "created": me.create_time()},
                "services": {name: _described(watched) for name, watched in self._watched.items()},
            }
        )


def _described(watched: Watched) -> dict[str, Any]:
    process = watched.process if watched.running() else None
    return {
        "pid": process.pid if process else None,
        "created": process.create_time() if process else None,
        "http_port": watched.service.port if watched.service.env else None,
        "state": watched.state,
        "restarts": watched.restarts,
        "stop_signal": watched.service.stop_signal,
    }


def alive(entry: dict[str, Any]) -> psutil.Process | None:
    """Give the process of a state entry when it lives and is the same one, not another that got its number."""
    try:
        process = psutil.Process(entry["pid"])
        same = abs(process.create_time() - entry["created"]) < 1.0
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, KeyError, TypeError, ValueError):
        return None


def end(processes: list[tuple[psutil.Process, str]]) -> None:
    """Send each process its signal, wait at most 20 s, kill the rest."""
    for process, name in processes:
        try:
            process.send_signal(getattr(signal, name))
        except psutil.NoSuchProcess:
            continue
    _, left = psutil.wait_procs([process for process, _ in processes], timeout=STOP_WITHIN_S)
    for process in left:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=STOP_WITHIN_S)


def reap() -> None:
    """Collect children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def answers(service: Service) -> bool:
    """Tell whether a service does its work: its port answers, or its /health/ready says so."""
    if not service.env:
        return in_use(service.port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/health/ready", timeout=1) as reply:
            return bool(reply.status == 200)  # noqa: PLR2004
    except OSError:
        return False


def main(path: str) -> None:
    """Supervise the home at `path` unless another supervisor does."""
    home = Home.at(Path(path))
    with home.locked("supervisor", wait=False) as mine:
        if mine:
            Supervisor(home).run()


if __name__ == "__main__":
    main(sys.argv[1])
