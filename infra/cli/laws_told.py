"""Law 6: the outbox flows, and each answered inquiry has its fact on `guichet.outcomes` (contract §8)."""

from infra.adapters.kafka.facts import read_answered
from infra.adapters.postgres import audit_facts
from infra.adapters.postgres.audit import outbox_flows
from infra.adapters.postgres.audit_facts import Checkpoint, Untold
from infra.adapters.verdict import Breach, Verdict
from infra.cli.auditing import Audited
from schemas.topics import OUTCOMES

RECREATED = (
    'was the topic made anew? then its facts are lost to consumers; "guichet audit --from-start" reads what is there'
)
LOST = (
    "was the database restored from a later state than Kafka? tell who reads the topic; the answer is in read.results"
)


async def facts_told(audited: Audited) -> Verdict:
    """Read the topic from the checkpoint on and compare with what was answered; moves the checkpoint when all is well.

    Raises:
        KafkaError: the broker does not answer.
        OSError: PostgreSQL or the broker is away.
    """
    snapshot = audited.snapshot
    breaches = list(await outbox_flows(snapshot, audited.now))
    point = Checkpoint({}, None) if audited.from_start else await audit_facts.load_checkpoint(snapshot)
    settled = await audit_facts.settled_next(snapshot)
    await audit_facts.start_told(snapshot)
    ends = await audited.reader.end_offsets(OUTCOMES)
    breaches += _shortened(point, ends)
    spans = {partition: (min(point.offsets.get(partition, 0), end), end) for partition, end in ends.items()}
    resume = await read_answered(
        audited.kafka, OUTCOMES, spans, settled, lambda ids: audit_facts.add_told(snapshot, ids)
    )
    breaches += _untold(await audit_facts.find_untold(snapshot, point.settled_until))
    if not breaches:
        await audit_facts.save_checkpoint(audited.live, Checkpoint(resume, settled))
    count = await audit_facts.count_answered(snapshot, point.settled_until)
    since = f" since {point.settled_until:%Y-%m-%d %H:%M:%S} UTC" if point.settled_until else ""
    return Verdict(f"{count:,} answered{since}, each with its fact; the outbox flows", tuple(breaches))


def _shortened(point: Checkpoint, ends: dict[int, int]) -> list[Breach]:
    return [
        Breach(
            f"{OUTCOMES} partition {partition}: ends at {ends.get(partition, 0)}, was read up to {offset}",
            RECREATED,
        )
        for partition, offset in sorted(point.offsets.items())
        if ends.get(partition, 0) < offset
    ]


def _untold(untold: Untold) -> list[Breach]:
    found = [
        Breach(f"inquiry_id {inquiry}: answered at {at:%Y-%m-%d %H:%M:%S} UTC, no fact on {OUTCOMES}", LOST)
        for inquiry, at in untold.first
    ]
    if untold.total > len(found):
        found.append(Breach(f"… and {untold.total - len(found):,} more", LOST))
    return found
