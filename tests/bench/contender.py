"""What is compared: who answers the inquiries, and how to tell that every row is right."""

from collections.abc import Sequence
from dataclasses import dataclass

RUN = ("-m", "infra.cli.main", "run")
PRICE = "12.50"
PARTITIONS = 8


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to answer inquiries.

    Attributes:
        name: as shown in the table.
        topic, outcomes, dead_letters: the topics read and written.
        group: the consumer group whose members must have joined before the gate opens.
        members: how many members the group has when complete.
        commands: one argument list after `python` for each process that is started.
        gate: the table whose lock holds the first answers back until all is published.
        checked: a query of the rows that belong together, one for each inquiry:
            `$1` is the list of inquiry ids; gives (right rows, all rows, sum of money).
        share: the part of `--events` that it gets, so that every round takes seconds.
    """

    name: str
    topic: str
    outcomes: str
    dead_letters: str
    group: str
    members: int
    commands: Sequence[tuple[str, ...]]
    gate: str
    checked: str
    share: float


def _baseline_rows(schema: str) -> str:
    return f"""
        select count(*) filter (where r.sha256 = sha256(r.content) and r.outcome = 'FOUND' and c.amount = {PRICE}),
               count(*), coalesce(sum(c.amount), 0)
        from {schema}.inquiries i
        left join {schema}.results r using (inquiry_id)
        left join {schema}.charges c using (inquiry_id)
        where i.inquiry_id = any($1::uuid[])"""


def _documented(workers: int) -> Contender:
    schema = f"bench_a{workers}"
    return Contender(
        name=f"(a) FastStream as documented, max_workers={workers}",
        topic=f"{schema}.inquiries",
        outcomes=f"{schema}.outcomes",
        dead_letters=f"{schema}.dlq",
        group=schema,
        members=workers,
        commands=[("-m", "tests.bench.documented", schema, str(workers))],
        gate=f"{schema}.inquiries",
        checked=_baseline_rows(schema),
        share=0.01 if workers == 1 else 0.04,
    )


DOCUMENTED_1 = _documented(1)
DOCUMENTED_8 = _documented(8)
LIMIT = Contender(
    name="(b) practical limit, 2 processes",
    topic="bench_b.inquiries",
    outcomes="bench_b.outcomes",
    dead_letters="bench_b.dlq",
    group="bench_b",
    members=2,
    commands=[("-m", "tests.bench.limit", "bench_b")] * 2,
    gate="bench_b.inquiries",
    checked=_baseline_rows("bench_b"),
    share=2.0,
)
GUICHET = Contender(
    name="Guichet, 2 processes and a relay",
    topic="guichet.inquiries",
    outcomes="guichet.outcomes",
    dead_letters="guichet.inquiries.dlq",
    group="guichet.inquiries",
    members=2,
    commands=[(*RUN, "inquiries"), (*RUN, "inquiries"), (*RUN, "relay")],
    gate="core.progress",
    checked=f"""
        select count(*) filter (where r.sha256 = sha256(r.content) and r.outcome = 'FOUND' and c.amount = {PRICE}
                                and i.status = 'ANSWERED'),
               count(*), coalesce(sum(c.amount), 0)
        from core.inquiries i
        left join core.results r using (inquiry_id)
        left join core.charges c using (inquiry_id)
        where i.inquiry_id = any($1::uuid[])""",
    share=1.0,
)
BASELINES = (DOCUMENTED_1, DOCUMENTED_8, LIMIT)
CONTENDERS = {"documented-1": DOCUMENTED_1, "documented-8": DOCUMENTED_8, "limit": LIMIT, "guichet": GUICHET}
