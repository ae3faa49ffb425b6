"""The desk of `guichet.reference`: snapshots, which need no inbox since `time` decides."""

from consumers.desk import Desk
from handlers.reference.decide import SnapshotRow, decide_snapshot, evolve
from infra.adapters.postgres.reference import Snapshots
from schemas.events import MODELS
from schemas.events.reference import KEY_PREFIX
from schemas.topics import REFERENCE


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
        items=lambda _event: 1,
    )
