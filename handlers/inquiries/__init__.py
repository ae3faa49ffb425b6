"""Questions on drivers and vehicles: refused at entry, or answered and billed item by item (P-10)."""
