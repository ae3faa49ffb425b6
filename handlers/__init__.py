"""The decisions: pure functions of an event, what is known, and the time. They import `schemas` only."""
