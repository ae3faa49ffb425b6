"""Kafka out: the client for upstream systems, made-up data, synthetic partners, the outbox relay."""
