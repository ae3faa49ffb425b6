"""What operators watch (contract §9): metrics by batch, and JSON logs without personal data."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector


class BatchHistogram(Collector):
    """A histogram that takes a batch of observations at once, where one call each would cost too much."""

    def __init__(self, name: str, documentation: str, buckets: Sequence[float]) -> None:
        """Count from zero; `buckets` are the upper bounds, ascending, without infinity."""
        self._name = name
        self._documentation = documentation
        self._bounds = buckets
        self._counts = [0] * (len(buckets) + 1)
        self._sum = 0.0
        REGISTRY.register(self)

    def observe(self, values: Collection[float]) -> None:
        """Count the values of a batch."""
        self._sum += sum(values)
        for value in values:
            self._counts[bisect_left(self._bounds, value)] += 1

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Give the counts so far, each with those of the buckets below it."""
        bounds = [*map(str, map(float, self._bounds)), "+Inf"]
        buckets = list(zip(bounds, accumulate(self._counts), strict=True))
        yield HistogramMetricFamily(self._name, self._documentation, buckets=buckets, sum_value=self._sum)


EVENTS = Counter("guichet_events", "Records taken, by what became of them.", ["group", "outcome"])
BATCH_SECONDS = Histogram("guichet_batch_seconds", "Time to take one transaction's records.", ["group"])
ANSWER_AGE_SECONDS = BatchHistogram(
    "guichet_answer_age_seconds",
    "Time from an inquiry's reception to its answer; P-08 asks for 300 s.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)
LAG_MESSAGES = Gauge("guichet_lag_messages", "Records not yet committed.", ["group", "topic", "partition"])
LAG_SECONDS = Gauge(
    "guichet_lag_seconds", "Age of the oldest record not yet committed.", ["group", "topic", "partition"]
)
TIMERS_OVERDUE = Gauge("guichet_timers_overdue", "Timers that are due and not yet sent.")
MAILS = Gauge("guichet_mails", "E-mails by status.", ["status"])
OUTBOX_AGE_SECONDS = Gauge("guichet_outbox_age_seconds", "Age of the oldest row of the outbox.")
OUTBOX_ROWS = Gauge("guichet_outbox_rows", "Rows of the outbox.")
OUTBOX_PARKED = Gauge("guichet_outbox_parked", "Records that Kafka refused for good.")
DEAD_LETTERS_OPEN = Gauge("guichet_dead_letters_open", "Dead letters not settled.", ["group", "cause"])
AUDIT_BROKEN = Gauge("guichet_audit_broken", "1 when the last audit found the conservation law broken.", ["law"])
NO_TARIFF = Counter("guichet_no_tariff", "Inquiries refused since their service has no tariff.")
