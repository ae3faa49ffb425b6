"""Law 4: charges and statements, to the cent (contract §8)."""

from infra.adapters.postgres.audit_bills import charges_priced, statements_add_up
from infra.adapters.verdict import Verdict
from infra.cli.auditing import Audited


async def bills_right(audited: Audited) -> Verdict:
    """Check charges, then statements."""
    charges = await charges_priced(audited.snapshot)
    statements = await statements_add_up(audited.snapshot)
    return Verdict(f"{charges.summary}; {statements.summary}", charges.breaches + statements.breaches)
