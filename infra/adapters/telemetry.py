"""What operators watch (contract §9): metrics by batch, and JSON logs without personal data."""

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("guichet_events", "Records taken, by what became of them.", ["group", "outcome"])
BATCH_SECONDS = Histogram("guichet_batch_seconds", "Time to take one transaction's records.", ["group"])
ANSWER_AGE_SECONDS = Histogram(
    "guichet_answer_age_seconds",
    "Time from an inquiry's reception to its answer; P-08 asks for 300 s.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)
LAG_MESSAGES = Gauge("guichet_lag_messages", "Records not yet committed.", ["group", "topic", "partition"])
LAG_SECONDS = Gauge(
    "guichet_lag_seconds", "Age of the oldest record not yet committed.", ["group", "topic", "partition"]
)
OUTBOX_AGE_SECONDS = Gauge("guichet_outbox_age_seconds", "Age of the oldest row of the outbox.")
OUTBOX_ROWS = Gauge("guichet_outbox_rows", "Rows of the outbox.")
OUTBOX_PARKED = Gauge("guichet_outbox_parked", "Records that Kafka refused for good.")
DEAD_LETTERS_OPEN = Gauge("guichet_dead_letters_open", "Dead letters not settled.", ["group", "cause"])
AUDIT_BROKEN = Gauge("guichet_audit_broken", "1 when the last audit found the conservation law broken.", ["law"])
NO_TARIFF = Counter("guichet_no_tariff", "Inquiries refused since their service has no tariff.")
