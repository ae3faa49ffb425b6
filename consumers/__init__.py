"""Kafka in: `pipeline` is the road, the other modules say which decisions stand on which topic."""
