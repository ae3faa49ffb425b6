"""All desks, by consumer group."""

from consumers.desk import Desk
from consumers.inquiries import INQUIRIES_DESK
from consumers.internal import INTERNAL_DESK
from consumers.mails import MAILS_DESK
from consumers.projections import PROJECTIONS_DESK
from consumers.reference import reference_desk
from schemas.topics import REFERENCE


def desks(token_key: bytes) -> dict[str, Desk]:
    """Give the desk of each consumer group; `token_key` keys the hashes of reference keys."""
    made = (reference_desk(token_key), INQUIRIES_DESK, INTERNAL_DESK, PROJECTIONS_DESK, MAILS_DESK)
    return {desk.group: desk for desk in made}


INPUTS = (
    ("guichet.reference", REFERENCE),
    (INQUIRIES_DESK.group, INQUIRIES_DESK.topic),
    (INTERNAL_DESK.group, INTERNAL_DESK.topic),
    (PROJECTIONS_DESK.group, PROJECTIONS_DESK.topic),
    (MAILS_DESK.group, MAILS_DESK.topic),
)
"""The consumer groups that are built, with their topics."""
