"""Real Kafka, real PostgreSQL and a mail sink on this machine, and a supervisor that keeps all running."""
