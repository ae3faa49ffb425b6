"""The desk of `guichet.outcomes`: facts are counted into the stores that add up (design §3)."""

from consumers.desk import Desk
from handlers.activity.contributions import Change
from handlers.activity.decide import decide_told, evolve
from handlers.decision import Source
from infra.adapters.postgres import activity as sql
from schemas.envelope import SOURCE
from schemas.facts import read_fact
from schemas.topics import OUTCOMES

PROJECTIONS_DESK = Desk(
    group="guichet.projections",
    topic=OUTCOMES,
    models={},
    decode=read_fact,
    inbox=None,
    load=sql.load,
    decide=decide_told,
    evolve=evolve,
    aggregate=lambda _event: None,
    writers={Change: sql.write_changes},
    items=lambda _event: 1,
    only_source=Source(0, SOURCE, frozenset("*"), frozenset("*"), frozenset(), None),
)
