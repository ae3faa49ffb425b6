"""The contract as types: topics, envelope, events, identifiers, money. No I/O; imports nothing of ours."""
