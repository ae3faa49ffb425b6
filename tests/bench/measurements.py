"""The measurements by name."""

from collections.abc import Callable

from tests.bench.duties import closing, documents, mails, timers
from tests.bench.inquiries import drivers, history, latency, memory, road
from tests.bench.plan import Plan

MEASUREMENTS: dict[str, Callable[[Plan], str]] = {
    "road": road,
    "latency": latency,
    "drivers": drivers,
    "history": history,
    "memory": memory,
    "documents": documents,
    "mails": mails,
    "timers": timers,
    "closing": closing,
}
LONG = ("history", "memory", "timers", "closing")
