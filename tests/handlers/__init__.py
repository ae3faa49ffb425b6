"""The decisions on their own: no Kafka, no PostgreSQL."""
