"""What must be there before a round: tables, topics, organisations, a tariff and drivers."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from schemas.topics import REFERENCE
from tests.bench.contender import BASELINES, PARTITIONS, PRICE, RUN, Contender
from tests.bench.people import ORGANISATIONS, declarations, driver, organisation
from tests.bench.processes import running
from tests.bench.stack import Stack
from tests.bench.waiting import until

TABLES = Path(__file__).with_name("tables.sql").read_text()
LOADED_WITHIN_S = 1800.0


def prepare_baselines(stack: Stack, drivers: int) -> None:
    """Make the baselines' tables and topics, and copy the people into schema `bench`."""
    stack.execute("create schema bench", f"set search_path to bench; {TABLES_OF_PEOPLE}")
    for contender in BASELINES:
        prepare_baseline(stack, contender)
    stack.copy("bench.tariffs", [(1, "DRIVER_RECORD", date(2020, 1, 1), Decimal(PRICE), True)])
    stack.copy("bench.organisations", (_organisation_row(number) for number in range(ORGANISATIONS)))
    stack.copy("bench.drivers", (_driver_row(driver(number)) for number in range(drivers)))
    stack.execute("analyze bench.drivers")


def prepare_baseline(stack: Stack, contender: Contender) -> None:
    """Make one baseline's own tables and topics."""
    schema = contender.group
    stack.execute(f"create schema {schema}; set search_path to {schema}; {TABLES}")
    stack.kafka.create(contender.topic, partitions=PARTITIONS)
    stack.kafka.create(contender.outcomes, contender.dead_letters, partitions=PARTITIONS)


TABLES_OF_PEOPLE = """
    create table tariffs (tariff_no smallint, service text, effective_from date, amount numeric(12, 2), taxable bool,
                          primary key (service, effective_from));
    create table organisations (neq text primary key, org_no int, in_service_from date, billing_account_open bool,
                                services jsonb);
    create table drivers (licence text primary key, family_name text, first_name text, birth_date date, sex text,
                          licence_kind text, status text, classes text[], conditions text[], mentions text[],
                          prohibitions text[], valid_until date);"""


def _organisation_row(number: int) -> tuple[Any, ...]:
    data = organisation(number)
    services = {service["service"]: service["channels"] for service in data["services"]}
    opened = date.fromisoformat(data["in_service_from"])
    return data["neq"], number, opened, data["billing_account_open"], orjson.dumps(services).decode()


def _driver_row(data: dict[str, Any]) -> tuple[Any, ...]:
    return *(value for name, value in data.items() if name != "valid_until"), date.fromisoformat(data["valid_until"])


def declare_people(stack: Stack, drivers: int) -> None:
    """Publish the people as snapshots and let `guichet run reference` take them all."""
    stack.kafka.publish(REFERENCE, declarations(drivers, PRICE))
    with running(stack, "reference", [(*RUN, "reference")]):
        ends = stack.kafka.ends(REFERENCE)
        until(
            lambda: stack.kafka.committed("guichet.reference", REFERENCE).items() >= _reached(ends).items(),
            LOADED_WITHIN_S,
            "guichet.reference to be taken",
            poll_s=0.5,
        )
    stack.execute("analyze")


def _reached(ends: dict[int, int]) -> dict[int, int]:
    """The committed offset of an empty partition is not known."""
    return {partition: end for partition, end in ends.items() if end > 0}
