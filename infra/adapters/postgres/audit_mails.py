"""Law 5: each e-mail has one end, or is on its way; none was sent twice (contract §8)."""

from typing import Any

from infra.adapters.postgres.audit import SHOWN, SQL, first_breaches, one_row
from infra.adapters.postgres.connection import Connection
from infra.adapters.verdict import Breach, Verdict

LOOK = "see its story with `guichet mail show`; rows changed by hand and a partial restore do this"


async def mails_end_once(connection: Connection) -> Verdict:
    """The state of each e-mail is the last of its story, which has at most one SENT, and nothing after it."""
    counts = await one_row(connection, SQL["mails"])
    rows = await connection.fetch(SQL["mails_unlike_their_story"], SHOWN)
    notes = []
    if counts["unknown"]:
        notes.append(f"{counts['unknown']:,} may have been sent or not: say which with `guichet mail settle`")
    summary = f"{counts['ended']:,} ended, {counts['on_their_way']:,} on their way"
    found = [Breach(_unlike(row), LOOK) for row in rows]
    return Verdict(
        summary, first_breaches(rows, found), tuple(notes), looked=bool(counts["ended"] or counts["on_their_way"])
    )


def _unlike(row: Any) -> str:
    if row["sent"] > 1:
        return f"mail_id {row['mail_id']}: was sent {row['sent']} times"
    return f"mail_id {row['mail_id']}: is {row['status']}, its story ends with {row['last'] or 'nothing'}"
