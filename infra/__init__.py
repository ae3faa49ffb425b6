"""Adapters, the local stack and the command line."""
