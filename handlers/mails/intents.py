"""E-mails as decisions ask for them: intents, which the notifier turns into messages (contract §10)."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

FRENCH = "fr"


class Mail(Struct, frozen=True):
    """An e-mail to send once.

    Attributes:
        template: its name, as `statement-issued`.
        once: what it is sent once per within its template; its id is derived from this and the causing event.
        about: the id of what it speaks of.
        organisation: the organisation (a NEQ) among whose e-mails it is.
        recipient: one address; nothing of it leaves `core` unmasked.
        variables: the template's, as JSON has them.
        occasion: the day that a reminder is for.
    """

    template: str
    once: str
    about: UUID
    organisation: str
    recipient: str
    variables: Mapping[str, Any]
    language: str = FRENCH
    occasion: date | None = None


def masked(address: str) -> str:
    """Mask an address for those who may not read it: its first letter, its domain.

    >>> masked("guylaine.fictive@example.org")
    'g•••@example.org'
    """
    local, _, domain = address.rpartition("@")
    return f"{local[0] if len(local) > 1 else ''}•••@{domain}"


def domain_of(address: str) -> str:
    """Give the domain of an address without case, by which sending is limited."""
    return address.rpartition("@")[2].casefold()
