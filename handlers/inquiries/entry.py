"""Refused at entry, so neither answered nor billed: the codes of contract §4, the first that applies."""

from collections.abc import Callable
from datetime import date, timedelta
from unicodedata import category

from handlers.decision import Arrival
from handlers.inquiries.known import Entitlement, Known, Organisation
from schemas.events.inquiries import InquiryItem, InquiryKind, InquiryRequested
from schemas.identifiers import is_licence, is_plate, is_vin

SESSION_IDLE = timedelta(minutes=15)
OFFERED = frozenset(
    {
        InquiryKind.DRIVER_RECORD,
        InquiryKind.VEHICLE_RECORD,
        InquiryKind.OWNERSHIP_HISTORY,
        InquiryKind.LICENCE_VALIDITY,
    }
)
LICENCE_FORM: dict[str, Callable[[str], bool]] = {"licence": is_licence}
VEHICLE_FORM: dict[str, Callable[[str], bool]] = {"plate": is_plate, "vin": is_vin}
ITEM_FORMS = {
    InquiryKind.DRIVER_RECORD: LICENCE_FORM,
    InquiryKind.LICENCE_VALIDITY: LICENCE_FORM,
    InquiryKind.VEHICLE_RECORD: VEHICLE_FORM,
    InquiryKind.OWNERSHIP_HISTORY: VEHICLE_FORM,
}


def refusal(inquiry: InquiryRequested, arrival: Arrival, known: Known) -> str | None:
    """Give the first refusal code that applies, in the order of contract §4, or nothing.

    Environment T skips NOT_IN_SERVICE, NO_BILLING_ACCOUNT and NO_TARIFF.
    """
    organisation = known.organisations.get(inquiry.organisation)
    if organisation is None:
        return "ORGANISATION"
    day, real = arrival.received_on, inquiry.environment == "P"
    if real and not _in_service(organisation, day):
        return "NOT_IN_SERVICE"
    if real and not organisation.billing_account_open:
        return "NO_BILLING_ACCOUNT"
    if not _entitled(inquiry, organisation.services.get(inquiry.kind)):
        return "NOT_ENTITLED"
    if _session_over(inquiry, arrival):
        return "SESSION"
    if real and known.tariff(inquiry.kind, day) is None:
        return "NO_TARIFF"
    if not _well_formed(inquiry):
        return "ITEM_FORM"
    return None


def _in_service(organisation: Organisation, day: date) -> bool:
    """E-24: nothing is answered before the day on which the service starts."""
    return organisation.in_service_from is not None and organisation.in_service_from <= day


def _entitled(inquiry: InquiryRequested, service: Entitlement | None) -> bool:
    """P-06, P-22: the service, its channel EVENT and every block asked are in the agreement."""
    if service is None or inquiry.kind not in OFFERED or "EVENT" not in service.channels:
        return False
    if inquiry.kind is InquiryKind.LICENCE_VALIDITY and inquiry.blocks:
        return service.blocks.issuperset(inquiry.blocks)
    return True


def _session_over(inquiry: InquiryRequested, arrival: Arrival) -> bool:
    """P-50: strictly more than 15 minutes since the session's last activity."""
    session = inquiry.session
    return session is not None and arrival.event.envelope.time - session.last_activity_at > SESSION_IDLE


def _well_formed(inquiry: InquiryRequested) -> bool:
    if not (is_printable(inquiry.reference) and is_printable(inquiry.employee)):
        return False
    if inquiry.session is not None and not is_printable(inquiry.session.id):
        return False
    forms = ITEM_FORMS[inquiry.kind]
    return all(_item_well_formed(item, forms) for item in inquiry.items)


def _item_well_formed(item: InquiryItem, forms: dict[str, Callable[[str], bool]]) -> bool:
    """One key, of the inquiry's kind, of its form, with a right check digit where there is one."""
    given = [(key, value) for key in item.model_fields_set if (value := getattr(item, key)) is not None]
    if len(given) != 1:
        return False
    [(key, value)] = given
    return key in forms and forms[key](value)


def is_printable(text: str | None) -> bool:
    """Tell whether a text holds no character of category Cc (contract §2)."""
    return text is None or text.isprintable() or all(category(character) != "Cc" for character in text)
