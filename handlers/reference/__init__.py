"""Snapshots of what other systems own: the newest by `time` is held, a tombstone withdraws (contract §3)."""
