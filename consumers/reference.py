"""The desk of `guichet.reference`: snapshots, which need no inbox since `time` decides."""

from consumers.desk import Desk
from consumers.pipeline import ITEMS_A_TRANSACTION
from handlers.reference.decide import SnapshotRow, decide_snapshot, evolve
from infra.adapters.postgres.reference import Snapshots
from schemas.envelope import Event
from schemas.events import MODELS
from schemas.events.reference import KEY_PREFIX
from schemas.topics import REFERENCE


def items(event: Event) -> int:
    """A source fills a transaction of its own, so that the records after it meet it, however a batch is cut."""
    return ITEMS_A_TRANSACTION if event.envelope.type == "guichet.source.declared.v1" else 1


def reference_desk(token_key: bytes) -> Desk:
    """Make the desk; `token_key` keys the hashes under which snapshots are remembered."""
    snapshots = Snapshots(token_key)
    return Desk(
        group="guichet.reference",
        topic=REFERENCE,
        models={event_type: MODELS[event_type] for event_type in KEY_PREFIX},
        inbox=None,
        load=snapshots.load,
        decide=decide_snapshot,
        evolve=evolve,
        aggregate=lambda _event: None,
        writers={SnapshotRow: snapshots.write},
        items=items,
    )
