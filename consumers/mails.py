"""The desk of `guichet.mail`: e-mails asked for are handed to the notifiers. Only Guichet writes there."""

from collections.abc import Sequence
from uuid import UUID

from consumers.desk import Desk
from handlers.decision import Arrival, Decision, Source
from handlers.mails.decide import KnownMail, MailToSend, decide_requested
from infra.adapters.postgres import mails as sql
from infra.adapters.postgres.connection import Connection
from infra.adapters.settings import INTERNAL_KEY
from schemas.envelope import SOURCE
from schemas.events import MODELS
from schemas.events.mail import EVENTS, MailRequested
from schemas.topics import MAIL


async def load(connection: Connection, arrivals: Sequence[Arrival]) -> dict[UUID, KnownMail]:
    """Read and lock the e-mails that a batch names."""
    return await sql.load_mails(
        connection, [asked.mail_id for a in arrivals if isinstance(asked := a.event.data, MailRequested)]
    )


def evolve_mails(known: dict[UUID, KnownMail], decision: Decision) -> None:
    """Let a later event of the batch meet what an earlier one handed over."""
    for row in decision.rows:
        if isinstance(row, MailToSend):
            known[row.mail_id] = known[row.mail_id]._replace(to_send=True)


MAILS_DESK = Desk(
    group="guichet.notifier",
    topic=MAIL,
    models={event_type: MODELS[event_type] for event_type in EVENTS},
    inbox=None,
    load=load,
    decide=decide_requested,
    evolve=evolve_mails,
    aggregate=lambda _event: None,
    writers={MailToSend: sql.mark_to_send},
    items=lambda _event: 1,
    only_source=Source(0, SOURCE, frozenset(EVENTS), frozenset("*"), frozenset(), INTERNAL_KEY),
)
