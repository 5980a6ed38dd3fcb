#!/bin/sh
# Gives the superuser of an existing data folder its present password, before the server starts.
# A new folder gets it from the image's entrypoint. The password arrives as a SCRAM verifier.
set -eu
[ -s "$PGDATA/PG_VERSION" ] || exit 0
echo "ALTER ROLE $POSTGRES_USER PASSWORD '$(cat /superuser/verifier)'" |
  postgres --single -c config_file=/etc/postgresql/postgresql.conf -D "$PGDATA" postgres >/dev/null
echo "the superuser's password is up to date"
