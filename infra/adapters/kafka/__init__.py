"""Kafka: connection settings, topics, the batch consumer at the edge, offsets and lag."""
