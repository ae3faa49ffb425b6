"""Upstream's side: the client, made-up data, synthetic partners, the examples."""
