"""Where Guichet meets the world: Kafka, PostgreSQL, telemetry, settings."""
