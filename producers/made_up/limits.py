"""How many of each can be seeded; numbers from there on stay free for what must not be found."""

MOST_ORGANISATIONS = 400_000
MOST_DRIVERS = 900_000
MOST_VEHICLES = 13_000_000
