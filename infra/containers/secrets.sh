#!/bin/sh
# Make the keys and passwords of compose.yaml in the folder `secrets`, once; what is there stays.
# The folder is its owner's alone; the files are open, since the users of the containers read them.
set -eu
mkdir -p -m 700 secrets
keep() { [ -e "secrets/$1" ] || cat >"secrets/$1"; }
key() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
umask 022
for name in superuser_password database_password dead_letter_key token_key; do
    key | keep "$name"
done
echo '{}' | keep hmac_keys
echo "postgresql://guichet:$(cat secrets/database_password)@postgresql:5432/guichet" | keep database
