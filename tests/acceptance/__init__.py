"""What a stranger sees: events in through Kafka, `read.*` and `guichet.outcomes` out, knowing only the contract."""
