"""What the decisions on inquiries must know; `infra.adapters.postgres.inquiries` reads it for a whole batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID


class Entitlement(NamedTuple):
    """The channels and, for LICENCE_VALIDITY, the blocks of a service that an organisation has (P-06)."""

    channels: frozenset[str]
    blocks: frozenset[str]


class Organisation(NamedTuple):
    """An organisation as declared: what opens the door to it (P-02, E-15, E-24)."""

    org_no: int
    in_service_from: date | None
    billing_account_open: bool
    services: Mapping[str, Entitlement]


class Tariff(NamedTuple):
    """A price in CAD from a day on."""

    tariff_no: int
    effective_from: date
    amount: Decimal


class Driver(NamedTuple):
    """A driver's record as declared."""

    licence: str
    family_name: str
    first_name: str
    birth_date: date
    licence_kind: str
    status: str
    classes: list[str]
    conditions: list[str]
    mentions: list[str]
    prohibitions: list[str]
    valid_until: date | None


class Vehicle(NamedTuple):
    """A vehicle's record as declared, without its owner, who is never shown (P-19); `uses` is a list."""

    plate: str
    vin: str | None
    make: str
    model: str
    model_year: int
    cylinders: int | None
    fuel: str | None
    colour: str | None
    status: str
    owners: int
    uses: list[Mapping[str, Any]]


class Charged(NamedTuple):
    """A charge that an adjustment names: whose it is, for which service, how many adjustments it has so far."""

    organisation: str
    service: str
    adjustments: int


ItemKey = tuple[UUID, int]


@dataclass(slots=True)
class Known:
    """Everything that a batch of `guichet.inquiries` needs.

    Attributes:
        results: whose each result is that can be looked at.
        followed: whether the batch has follow-ups, which may name what its own inquiries make.
    """

    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    party_numbers: Mapping[str, int] = field(default_factory=dict)
    tariffs: Mapping[str, list[Tariff]] = field(default_factory=dict)
    drivers: Mapping[str, Driver] = field(default_factory=dict)
    vehicles_by_plate: Mapping[str, Vehicle] = field(default_factory=dict)
    vehicles_by_vin: Mapping[str, Vehicle] = field(default_factory=dict)
    results: dict[ItemKey, str] = field(default_factory=dict)
    charges: dict[ItemKey, Charged] = field(default_factory=dict)
    followed: bool = False

    def organisation_of(self, org_no: int) -> str:
        """Give the NEQ of one of the batch's organisations."""
        return next(neq for neq, number in self.party_numbers.items() if number == org_no)

    def service_of(self, tariff_no: int) -> str:
        """Give the service that a tariff is the price of."""
        numbers = ((tariff.tariff_no, service) for service, tariffs in self.tariffs.items() for tariff in tariffs)
        return next(service for number, service in numbers if number == tariff_no)

    def tariff(self, service: str, day: date) -> Tariff | None:
        """Give the price of a service on a day: the latest one in force; `tariffs` are newest first."""
        for tariff in self.tariffs.get(service, ()):
            if tariff.effective_from <= day:
                return tariff
        return None
