"""Snapshots on `guichet.reference` (contract §3)."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from schemas.events.data import Data
from schemas.events.inquiries import Block
from schemas.identifiers import (
    LICENCE_PATTERN,
    NEQ_PATTERN,
    PLATE_PATTERN,
    VIN_PATTERN,
    is_licence,
    is_neq,
    is_plate,
    is_vin,
)
from schemas.money import Amount
from schemas.texts import Code, Day, Email, Name, Text


def full_type(name: str) -> str:
    """Give the event type that a short name stands for; a full type stays as it is."""
    return name if name.startswith("guichet.") or name == "*" else f"guichet.{name}.v1"


def _of_form(test: Callable[[str], bool], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not test(value):
            raise ValueError(f"must be {what}")
        return value

    return AfterValidator(check)


def _pattern(pattern: str) -> WithJsonSchema:
    """Say the form in the JSON Schema, which knows no check digits."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


Neq = Annotated[Text, _of_form(is_neq, "a NEQ: 10 digits with a right check digit"), _pattern(NEQ_PATTERN)]
Licence = Annotated[Text, _of_form(is_licence, "a licence number: a letter and 12 digits"), _pattern(LICENCE_PATTERN)]
Plate = Annotated[Text, _of_form(is_plate, "a plate: 2 to 8 letters and digits"), _pattern(PLATE_PATTERN)]
Vin = Annotated[Text, _of_form(is_vin, "a VIN: 17 characters with a right check character"), _pattern(VIN_PATTERN)]
GeographicCode = Annotated[str, StringConstraints(strict=True, pattern="^[0-9]{5}$")]
Sex = Annotated[str, StringConstraints(strict=True, pattern="^[FMX]$")]


class Service(StrEnum):
    """A service that an organisation may be entitled to."""

    DRIVER_RECORD = "DRIVER_RECORD"
    VEHICLE_RECORD = "VEHICLE_RECORD"
    OWNERSHIP_HISTORY = "OWNERSHIP_HISTORY"
    LICENCE_VALIDITY = "LICENCE_VALIDITY"
    ATTESTATION = "ATTESTATION"
    FILE_JUG = "FILE_JUG"
    FILE_PAI = "FILE_PAI"
    FILE_NPA = "FILE_NPA"
    FILE_PEC = "FILE_PEC"
    FILE_FER = "FILE_FER"
    FILE_ATT = "FILE_ATT"
    FILE_REN = "FILE_REN"
    NOTICE_JUG = "NOTICE_JUG"
    NOTICE_NPA = "NOTICE_NPA"
    NOTICE_PAI = "NOTICE_PAI"


class Channel(StrEnum):
    """A way in."""

    EVENT = "EVENT"
    FILE = "FILE"
    FORM = "FORM"


class OrganisationKind(StrEnum):
    """What an organisation is."""

    MUNICIPALITE = "MUNICIPALITE"
    COUR_MUNICIPALE = "COUR_MUNICIPALE"
    MINISTERE = "MINISTERE"
    CORPS_POLICIER = "CORPS_POLICIER"
    ENTREPRISE = "ENTREPRISE"
    OSBL = "OSBL"
    ETABLISSEMENT_SCOLAIRE = "ETABLISSEMENT_SCOLAIRE"
    AUTRE = "AUTRE"


class LicenceKind(StrEnum):
    """What a driver's licence is (facts §3.1)."""

    APPRENTI = "APPRENTI"
    PROBATOIRE = "PROBATOIRE"
    REGULIER = "REGULIER"
    RESTREINT = "RESTREINT"
    AUCUN = "AUCUN"


class LicenceStatus(StrEnum):
    """A licence's status, the most severe first (contract §4)."""

    DECEDE = "DÉCÉDÉ"
    REVOQUE = "RÉVOQUÉ"
    DROIT_SUSPENDU = "DROIT SUSPENDU"
    SUSPENDU = "SUSPENDU"
    ANNULE = "ANNULÉ"
    EXPIRE = "EXPIRÉ"
    NON_PAYE = "NON PAYÉ À L'ÉCHÉANCE"
    VALIDE = "VALIDE"


class EntitledService(Data):
    """A service that an organisation may use, by which channels and, for LICENCE_VALIDITY, with which blocks."""

    service: Service
    channels: list[Channel]
    blocks: list[Block] = Field(default_factory=list)


class OrganisationDeclared(Data):
    """An organisation and what opens the door to it."""

    neq: Neq
    name: Name
    kind: OrganisationKind
    geographic_code: GeographicCode | None = None
    email: Email
    billing_email: Email
    in_service_from: Day | None
    billing_account_open: StrictBool
    services: list[EntitledService]


class DriverDeclared(Data):
    """A driver's record as its owner holds it."""

    licence: Licence
    family_name: Name
    first_name: Name
    birth_date: Day
    sex: Sex
    licence_kind: LicenceKind
    status: LicenceStatus
    classes: list[Code]
    conditions: list[Code]
    mentions: list[Code]
    prohibitions: list[Code]
    valid_until: Day | None


class Use(Data):
    """A use made of a vehicle, such as a taxi, with its days (P-20)."""

    use: Code
    from_: Day = Field(alias="from")
    to: Day | None = None


class VehicleDeclared(Data):
    """A vehicle's registration; `owner_licence` is never shown."""

    vin: Vin | None = None
    plate: Plate
    make: Name
    model: Name
    model_year: Annotated[StrictInt, Field(ge=1880, le=2200)]
    cylinders: Annotated[StrictInt, Field(ge=0, le=99)] | None
    fuel: Text | None
    colour: Text | None
    status: Name
    owners: Annotated[StrictInt, Field(ge=0, le=10_000)]
    owner_licence: Licence | None = None
    uses: list[Use]


class TariffDeclared(Data):
    """The price of a service from a day on."""

    service: Service
    amount: Amount
    taxable: StrictBool
    effective_from: Day


class ProvisionDeclared(Data):
    """A provision for which attestations may be asked (P-15); `analysis` sends them to an analyst (P-17)."""

    law: Code
    article: Code
    attestable_from: Day
    attestable_to: Day | None = None
    analysis: StrictBool

    @model_validator(mode="after")
    def _ends_after_start(self) -> "ProvisionDeclared":
        if self.attestable_to is not None and self.attestable_to < self.attestable_from:
            raise ValueError("attestable_to must not be before attestable_from")
        return self


class Role(StrEnum):
    """What a source may speak as."""

    PARTNER = "PARTNER"
    PORTAL = "PORTAL"
    ANALYST = "ANALYST"
    SAAQ = "SAAQ"
    MINISTRY = "MINISTRY"
    DGI = "DGI"
    SPAQ = "SPAQ"
    PAYMENT = "PAYMENT"


class SourceDeclared(Data):
    """An upstream system: which types, organisations (["*"] for all) and roles it may speak with."""

    uri: Name
    types: list[Annotated[Name, AfterValidator(full_type)]]
    organisations: list[Annotated[Text, _of_form(lambda text: text == "*" or is_neq(text), 'a NEQ or "*"')]]
    roles: list[Role]
    key_ref: Name | None = None


EVENTS: dict[str, type[BaseModel]] = {
    "guichet.organisation.declared.v1": OrganisationDeclared,
    "guichet.driver.declared.v1": DriverDeclared,
    "guichet.vehicle.declared.v1": VehicleDeclared,
    "guichet.tariff.declared.v1": TariffDeclared,
    "guichet.provision.declared.v1": ProvisionDeclared,
    "guichet.source.declared.v1": SourceDeclared,
}
KEY_PREFIX = {event_type: f"{event_type.split('.')[1]}:" for event_type in EVENTS}


def key(data: Any) -> str:
    """Give the record key that a snapshot belongs under, as `driver:<licence>`."""
    match data:
        case OrganisationDeclared():
            return f"organisation:{data.neq}"
        case DriverDeclared():
            return f"driver:{data.licence}"
        case VehicleDeclared():
            return f"vehicle:{data.vin or data.plate}"
        case TariffDeclared():
            return f"tariff:{data.service}:{data.effective_from}"
        case ProvisionDeclared():
            return f"provision:{data.law}:{data.article}:{data.attestable_from}"
        case SourceDeclared():
            return f"source:{data.uri}"
        case _:
            raise TypeError(f"{type(data).__name__} is no snapshot")
