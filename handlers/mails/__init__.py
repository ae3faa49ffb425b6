"""E-mails: what decisions ask for, and what becomes of it (contract §10)."""
