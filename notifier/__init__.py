"""E-mail: rendering, delivery, states, suppression (contract §10)."""
