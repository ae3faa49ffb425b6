"""A stack on containers: the official images of Kafka and PostgreSQL, Guichet's processes on this machine.

How the engine is found, and how its ports are reached, is testcontainers' business (TESTCONTAINERS_…, DOCKER_HOST).
"""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import psutil
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from infra.adapters.settings import Settings
from infra.local_stack.environment import PROCESSES, environment
from infra.local_stack.home import Home, free_ports
from infra.local_stack.prepare import make_role, prepare_services
from infra.local_stack.services import Service, answers, own_process
from tests.stacks import KAFKA_IMAGE, POSTGRESQL_IMAGE, Stack

SUPERUSER = "postgres"
READY_WITHIN_S = 60.0


@contextmanager
def on_containers(home: Home) -> Iterator[Stack]:
    """Run a stack, and remove the containers in the end."""
    with kafka_container() as kafka, postgresql_container() as superuser:
        password = home.secrets()["database_password"]
        asyncio.run(make_role(superuser, password))
        where = superuser.partition("@")[2].partition("/")[0]
        ours = {"GUICHET_KAFKA": kafka, "GUICHET_DATABASE": f"postgresql://guichet:{password}@{where}/guichet"}
        env = environment(home) | ours
        prepare_services(env)
        with processes(home, env):
            yield Stack(home, env, Settings.of(env), superuser)


@contextmanager
def kafka_container() -> Iterator[str]:
    """Run a broker; gives its address. It tells clients its address, so the port is chosen before."""
    [port] = free_ports(1)
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port).with_envs(**kafka_settings(port))
    with container.waiting_for(LogMessageWaitStrategy("Kafka Server started")):
        yield f"127.0.0.1:{port}"


def kafka_settings(port: int) -> dict[str, str]:
    """One node, with a listener of its own inside: the mapped port is not there for the broker itself."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "INSIDE://localhost:19092,OUTSIDE://:9092,CONTROLLER://localhost:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://localhost:19092,OUTSIDE://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "8",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }


@contextmanager
def postgresql_container() -> Iterator[str]:
    """Run a server; gives the address of its superuser."""
    who = {"username": SUPERUSER, "password": "made-up", "dbname": SUPERUSER}
    with PostgresContainer(POSTGRESQL_IMAGE, driver=None, **who) as server:
        yield server.get_connection_url()


@contextmanager
def processes(home: Home, env: Mapping[str, str]) -> Iterator[None]:
    """Run Guichet's processes, known to the home as the local stack's are, and end them."""
    services = [own_process(name, port, env) for name, port in zip(PROCESSES, free_ports(len(PROCESSES)), strict=True)]
    with ExitStack() as running:
        children = {service.name: _start(running, home, service) for service in services}
        for child in children.values():
            running.callback(child.terminate)  # all are told before one is waited for
        for service in services:
            _wait_until_ready(service)
        home.write_state({"services": {one.name: _entry(one, children[one.name].pid) for one in services}})
        yield


def _start(running: ExitStack, home: Home, service: Service) -> "subprocess.Popen[bytes]":
    log = running.enter_context((home.logs / f"{service.name}.log").open("ab"))
    child = subprocess.Popen(service.command, env=os.environ | dict(service.env), stdout=log, stderr=log)
    running.enter_context(child)  # waits for its end
    return child


def _wait_until_ready(service: Service) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while not answers(service):
        assert time.monotonic() < deadline_s, f"{service.name} is not ready"
        time.sleep(0.1)


def _entry(service: Service, pid: int) -> dict[str, object]:
    created = psutil.Process(pid).create_time()
    known = {"pid": pid, "created": created, "http_port": service.port, "stop_signal": service.stop_signal}
    return known | {"state": "READY", "restarts": 0}
