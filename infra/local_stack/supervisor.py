"""Keeps the local stack running: starts what is not, restarts what dies, with growing delay, stops all in order."""

import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import psutil

from infra.local_stack.environment import environment, given_settings, process_names
from infra.local_stack.home import Home, StackError, free_ports
from infra.local_stack.kafka import kafka
from infra.local_stack.postgresql import postgresql
from infra.local_stack.prepare import make_database, prepare_services
from infra.local_stack.processes import alive, end, lives, reap, start, strays
from infra.local_stack.services import Service, answers, in_use, mail_sink, own_process

LOOK_EVERY_S = 0.1
DELAYS_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
CALM_AFTER_S = 60.0
HOPELESS_AFTER = 4
PORT_AGAIN_S = 1.0


@dataclass(slots=True)
class Watched:
    """A service and what became of it so far.

    Attributes:
        restarts: how often it was started again, for `status`.
        failures: how often in a row it ended soon; the delay before the next start grows with it.
        problem: why it cannot be ready without somebody's help; None while there is hope.
    """

    service: Service
    process: psutil.Process | None = None
    state: str = "STARTING"
    restarts: int = 0
    failures: int = 0
    started_s: float = 0.0
    not_before_s: float = 0.0
    problem: str | None = None


class Supervisor:
    """One for each home; a second one finds the first and goes."""

    def __init__(self, home: Home) -> None:
        """Take over what an earlier supervisor of this home left running."""
        self._home = home
        self._left = home.read_state().get("services", {})
        self._watched: dict[str, Watched] = {}
        self._stop = Event()
        self._hurry = Event()
        self._asked = 0
        self._given = given_settings()
        self._doing = "starting"
        self._failed: str | None = None

    def run(self) -> None:
        """Run until SIGTERM, then stop everything in order."""
        signal.signal(signal.SIGTERM, lambda *_: self._stop.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, lambda *_: self._hurry.set())
        try:
            self._tell("starting")
            self._start_all()
            while not self._stop.wait(LOOK_EVERY_S):
                self._look()
        except StackError as error:
            self._failed = str(error)
        except Exception as error:
            self._failed = f"the supervisor met {type(error).__name__}; see {self._home.logs / 'supervisor.log'}"
            raise
        finally:
            self._tell("stopping")
            self._stop_all()
            self._tell("stopped")

    def _start_all(self) -> None:
        """Start services, make tables and topics, then start Guichet's own processes."""
        known = [process for entry in self._left.values() if (process := alive(entry)) is not None]
        end([(process, "SIGTERM") for process in strays(self._home, [*known, psutil.Process()])])
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
                port = self._left.get(name, {}).get("http_port") or free_ports(1)[0]
                self._add(own_process(name, port, environment(self._home)))
        for name, watched in list(self._watched.items()):
            if watched.service.env and name not in wanted:
                self._end([watched])
                del self._watched[name]
        for name in self._left.keys() - self._watched.keys():
            if (process := alive(self._left[name])) is not None:
                end([(process, "SIGTERM")])

    def _until_up(self) -> None:
        while not self._stop.is_set():
            self._look()
            if all(watched.state == "READY" for watched in self._watched.values()):
                return
            if problems := [watched.problem for watched in self._watched.values() if watched.problem]:
                raise StackError(problems[0])
            self._stop.wait(LOOK_EVERY_S)
        raise StackError("stopped while starting")

    def _now(self) -> None:
        """Start at once what waits for its delay: somebody asked with `guichet up`."""
        self._hurry.clear()
        for watched in self._watched.values():
            watched.not_before_s, watched.failures, watched.problem = 0.0, 0, None
        if self._doing == "running":
            self._add_own()

    def _add(self, service: Service) -> None:
        watched = self._watched[service.name] = Watched(service, alive(self._left.get(service.name, {})))
        watched.restarts = self._left.get(service.name, {}).get("restarts", 0) if watched.process else 0
        if watched.process is None:
            self._start(watched)

    def _start(self, watched: Watched) -> None:
        """Start a process, unless its port is taken: then this is its problem. Its own HTTP port may be another."""
        service = watched.service
        if in_use(service.port):
            if not service.env:
                self._note_port(watched)
                return
            port = free_ports(1)[0]
            service = replace(service, port=port, env=dict(service.env) | {"GUICHET_HTTP_PORT": str(port)})
            watched.service = service
        watched.process = start(self._home, service)
        watched.state = "STARTING"
        watched.started_s = time.monotonic()
        self._write()

    def _note_port(self, watched: Watched) -> None:
        """Wait for the port; once it is still taken at the second try, it is a problem."""
        watched.problem = _port_taken(watched.service, self._home) if watched.state == "WAITING" else None
        watched.state = "WAITING"
        watched.not_before_s = time.monotonic() + PORT_AGAIN_S

    def _look(self) -> None:
        """Look at every process; an `up` that asked is told once all have been looked at."""
        reap()
        asked = self._hurry.is_set()
        if asked:
            self._now()
        before = [(watched.state, watched.problem) for watched in self._watched.values()]
        for watched in self._watched.values():
            self._look_at(watched, time.monotonic())
        self._asked += asked
        if asked or before != [(watched.state, watched.problem) for watched in self._watched.values()]:
            self._write()

    def _look_at(self, watched: Watched, now_s: float) -> None:
        if lives(watched.process):
            if watched.state != "READY" or watched.service.env:
                watched.state = "READY" if answers(watched.service) else "STARTING"
            if watched.state == "READY":
                watched.problem = None
            if watched.state == "READY" and now_s - watched.started_s > CALM_AFTER_S:
                watched.failures = 0
            return
        if watched.state != "WAITING":
            self._note_end(watched, now_s)
        if now_s >= watched.not_before_s:
            self._start(watched)
            watched.restarts += lives(watched.process)

    def _note_end(self, watched: Watched, now_s: float) -> None:
        never_ready = watched.state != "READY"
        watched.state = "WAITING"
        watched.not_before_s = now_s + DELAYS_S[min(watched.failures, len(DELAYS_S) - 1)]
        watched.failures += 1
        if never_ready and watched.failures >= HOPELESS_AFTER:
            log = self._home.logs / f"{watched.service.name}.log"
            watched.problem = (
                f"{watched.service.name}: it ended {watched.failures} times before it was ready; see {log}"
            )

    def _stop_all(self) -> None:
        own = [watched for watched in self._watched.values() if watched.service.env]
        services = [watched for watched in self._watched.values() if not watched.service.env]
        self._end(own)
        self._end(services)

    def _end(self, those: list[Watched]) -> None:
        """Ask processes to end, wait, and kill those that do not."""
        end([(each.process, each.service.stop_signal) for each in those if each.process and lives(each.process)])
        for watched in those:
            watched.state, watched.process, watched.problem = "STOPPED", None, None

    def _tell(self, doing: str) -> None:
        self._doing = doing
        self._write()

    def _write(self) -> None:
        me = psutil.Process()
        not_yet = {} if self._doing == "running" else self._left
        self._home.write_state(
            {
                "doing": self._doing,
                "failed": self._failed,
                "asked": self._asked,
                "given": self._given,
                "supervisor": {"pid": me.pid, "created": me.create_time()},
                "services": not_yet | {name: _described(each) for name, each in self._watched.items()},
            }
        )


def _port_taken(service: Service, home: Home) -> str:
    return (
        f"{service.name}: port {service.port} is taken by another program; stop that, "
        f"or run `guichet down` and remove {home.path / 'ports.json'} to have other ports"
    )


def _described(watched: Watched) -> dict[str, Any]:
    process = watched.process if lives(watched.process) else None
    return {
        "pid": process.pid if process else None,
        "created": process.create_time() if process else None,
        "http_port": watched.service.port if watched.service.env else None,
        "state": watched.state,
        "restarts": watched.restarts,
        "problem": watched.problem,
        "stop_signal": watched.service.stop_signal,
    }


def main(path: str) -> None:
    """Supervise the home at `path` unless another supervisor does."""
    home = Home.at(Path(path))
    with home.locked("supervisor", wait=False) as mine:
        if mine:
            Supervisor(home).run()


if __name__ == "__main__":
    main(sys.argv[1])
