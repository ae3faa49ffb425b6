"""PostgreSQL: connections, migrations, and for each context its named SQL and the functions that run it."""
