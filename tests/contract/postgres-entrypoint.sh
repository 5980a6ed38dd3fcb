#!/bin/bash
# The documented contract of the official image's entrypoint, as far as the platform uses it: a new volume gets a cluster
# with the superuser's password; any other command runs as it is.
set -euo pipefail
[ "${1:-}" = postgres ] || exec "$@"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  user=${POSTGRES_USER:-postgres}
  PGPASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
  export PGPASSWORD
  # shellcheck disable=SC2086 # a list of arguments, as documented
  initdb --username="$user" --pwfile="$POSTGRES_PASSWORD_FILE" ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  # A server for the setup alone, by socket only.
  PGUSER=$user pg_ctl -D "$PGDATA" -o "$(printf '%q ' "${@:2}" -c listen_addresses=)" -w start
  database=${POSTGRES_DB:-$user}
  if [ "$database" != postgres ]; then
    psql --username="$user" --dbname=postgres --set=db="$database" <<<'CREATE DATABASE :"db";'
  fi
  PGUSER=$user pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
fi
exec "$@"
