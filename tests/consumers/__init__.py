"""The road on a database of its own, its records made by hand: no broker between a record and its effect."""
