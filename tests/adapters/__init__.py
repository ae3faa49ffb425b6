"""Adapters on their own, against a database of the test's own."""
