#!/bin/sh
# Run once by the image postgres, while it makes its data folder: the role that owns Guichet's database. It may make
# roles, which `guichet migrate` does, and is no superuser, so that row security holds for it.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set password="$(cat /run/secrets/database_password)" <<'SQL'
create role guichet login createrole password :'password';
alter role guichet set createrole_self_grant = 'set, inherit';
create database guichet owner guichet;
SQL
