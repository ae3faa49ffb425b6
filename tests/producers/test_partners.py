"""The plan, judged by Guichet's own decisions without Kafka or PostgreSQL."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from uuid import UUID

import pytest

from consumers.entrance import admit
from handlers.decision import Arrival, Source
from handlers.inquiries.entry import refusal
from handlers.inquiries.known import Entitlement, Known, Organisation, Tariff
from handlers.timeline import Timeline
from producers import made_up
from producers.cloud_events import Prepared
from producers.made_up.limits import MOST_ORGANISATIONS
from producers.partners import Outcome, Planned, World, plan, tally
from producers.partners.refusals import REFUSALS
from producers.partners.spoiling import SPOILINGS
from producers.partners.world import Desk
from schemas.envelope import Dead, Record, decode
from schemas.events import MODELS

NOW = datetime(2026, 11, 2, 17, tzinfo=UTC)
KEY = bytes(range(32))
WORLD = World(organisations=40, drivers=500, vehicles=500, now=NOW, key=KEY)
SEEDS = pytest.mark.parametrize("seed", [1, 2, 3])
N = 1_500


@cache
def planned(seed: int) -> list[Planned]:
    return plan(seed, N, WORLD)


def sources() -> dict[str, Source]:
    declared = [*made_up.sources(), {"uri": "urn:guichet:local", "types": ["*"], "organisations": ["*"], "roles": []}]
    return {
        one["uri"]: Source(
            number,
            one["uri"],
            frozenset(name if name == "*" else f"guichet.{name}.v1" for name in one["types"]),
            frozenset(one["organisations"]),
            frozenset(one["roles"]),
            one.get("key_ref"),
        )
        for number, one in enumerate(declared)
    }


@cache
def known() -> Known:
    organisations = {}
    for n in range(WORLD.organisations):
        made = made_up.organisation(n)
        starts = made["in_service_from"] and date.fromisoformat(made["in_service_from"])
        services = {
            one["service"]: Entitlement(frozenset(one["channels"]), frozenset(one.get("blocks", ())))
            for one in made["services"]
        }
        organisations[made["neq"]] = Organisation(n, starts, made["billing_account_open"], services)
    tariffs = {
        one["service"]: [Tariff(1, date.fromisoformat(one["effective_from"]), Decimal(one["amount"]))]
        for one in made_up.tariffs()
    }
    return Known(organisations, tariffs=tariffs)


class Guichet:
    """Its entrance, its inbox and its refusals, as the road applies them one after the other."""

    def __init__(self) -> None:
        self._sources = sources()
        self._inbox: dict[UUID, tuple[int, bytes]] = {}

    def judge(self, prepared: Prepared) -> tuple[Outcome, str]:
        record = Record(
            prepared.topic, 0, 0, int(NOW.timestamp() * 1000), prepared.key, prepared.value, prepared.headers
        )
        entrance = admit(decode(record, MODELS), self._sources, {"example-partner": KEY}, Timeline())
        if isinstance(entrance, Dead):
            return Outcome.DEAD_LETTER, entrance.cause
        return self._judge(entrance)

    def _judge(self, arrival: Arrival) -> tuple[Outcome, str]:
        event, mark = arrival.event, (arrival.source.source_no, arrival.event.digest)
        first = self._inbox.setdefault(event.envelope.id, mark)
        if first is not mark:
            return (Outcome.DUPLICATE, "") if first == mark else (Outcome.DEAD_LETTER, "CONFLICT")
        code = refusal(event.data, arrival, known())
        return (Outcome.REFUSED, code) if code else (Outcome.ANSWERED, "")


@SEEDS
def test_guichet_judges_each_record_as_planned(seed):
    guichet = Guichet()
    for place, one in enumerate(planned(seed)):
        assert (place, *guichet.judge(one.record)) == (place, one.outcome, one.code)


@SEEDS
def test_an_answer_costs_its_items_at_the_tariff(seed):
    amounts = {tariff["service"]: Decimal(tariff["amount"]) for tariff in made_up.tariffs()}
    for one in planned(seed):
        if one.outcome is Outcome.ANSWERED:
            data = decode(Record(one.record.topic, 0, 0, 0, None, one.record.value, one.record.headers), MODELS).data
            assert len(one.found) == len(data.items)
            assert one.billed == (amounts[data.kind] * len(data.items) if data.environment == "P" else 0)


@SEEDS
def test_what_must_be_found_is_seeded_and_the_rest_is_not(seed):
    seeded = {made_up.licence(n) for n in range(WORLD.drivers)}
    for n in range(WORLD.vehicles):
        vehicle = made_up.vehicle(n)
        seeded |= {vehicle["plate"], vehicle.get("vin", "")}
    for one in planned(seed):
        if one.outcome is Outcome.ANSWERED:
            data = decode(Record(one.record.topic, 0, 0, 0, None, one.record.value, one.record.headers), MODELS).data
            assert one.found == tuple((item.licence or item.plate or item.vin) in seeded for item in data.items)


def test_the_same_seed_plans_the_same_and_another_seed_does_not():
    assert plan(1, 200, WORLD) == plan(1, 200, WORLD)
    assert plan(1, 200, WORLD) != plan(2, 200, WORLD)


def test_the_same_seed_later_asks_anew():
    later = World(40, 500, 500, NOW + timedelta(seconds=1), KEY)
    ids = {one.record.id for one in plan(1, 200, WORLD)}
    assert ids.isdisjoint(one.record.id for one in plan(1, 200, later))


@SEEDS
def test_every_mistake_is_made(seed):
    total = tally(planned(seed))
    assert set(total.refused) == {code for code, _ in REFUSALS}
    assert set(total.dead_letters) == {cause for cause, _ in SPOILINGS} | {"CONFLICT"}
    assert total.duplicates
    assert total.answered_in_test


@SEEDS
def test_the_tally_adds_up(seed):
    total = tally(planned(seed))
    ends = total.answered + total.duplicates + total.refused.total() + total.dead_letters.total()
    assert total.published == ends == N
    assert total.found + total.not_found == total.items


@SEEDS
def test_most_of_it_is_good(seed):
    assert tally(planned(seed)).answered / N > 0.75


def test_one_rejected_for_its_data_is_put_right_under_the_same_id():
    dead = {one.record.id for one in planned(1) if one.code == "DATA"}
    assert [one for one in planned(1) if one.outcome is Outcome.ANSWERED and one.record.id in dead]


def test_an_unknown_organisation_can_never_have_been_seeded():
    unknown = Desk(Random(1), WORLD)
    drawn = {unknown.unknown_organisation() for _ in range(200)}
    assert all(int(neq[2:9]) >= 9_500_000 + MOST_ORGANISATIONS // 3 for neq in drawn)


def test_a_tally_tells_money_as_text():
    total = tally([Planned(planned(1)[0].record, Outcome.ANSWERED, found=(True, False), billed=Decimal(3))])
    assert total.as_dict()["billed"] == "3.00"
    assert total.as_dict()["not_found"] == 1


def test_without_the_key_no_partner_signs_rightly():
    unsigned = World(40, 500, 500, NOW)
    signing = [one for one in plan(1, N, unsigned) if b"urn:example:signed-partner" in (one.record.value or b"")]
    assert {one.code for one in signing} == {"SIGNATURE"}


def test_a_world_without_every_kind_of_partner_is_refused():
    with pytest.raises(ValueError, match="at least 20 organisations"):
        World(19, 1, 1, NOW)
