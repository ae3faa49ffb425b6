"""Who may come in: Kafka and PostgreSQL over TLS, as in production."""
