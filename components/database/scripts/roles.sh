#!/bin/sh
# Brings the server's roles and databases in step with $CONSUMERS. Safe to repeat.
set -eu
here=$(dirname "$0")
export PGOPTIONS='-c client_min_messages=warning'

until pg_isready --quiet --username="$PGUSER" --timeout=5; do
  echo "waiting for $PGHOST"
  sleep 2
done

sql() { psql --no-psqlrc --quiet --dbname=postgres --set=ON_ERROR_STOP=1 "$@"; }
role() {
  VERIFIER=$(cat "/verifiers/$1")
  export VERIFIER
  sql --set=name="$1" --file="$here/role.sql"
}

if [ "$DUMPED" = true ]; then
  role groundwork_dump
  role groundwork_restore
  sql --command='GRANT pg_read_all_data TO groundwork_dump'
fi
for name in $CONSUMERS; do
  role "$name"
  sql --set=name="$name" --set=dumped="$DUMPED" --file="$here/database.sql"
  echo "role and database $name are in step"
done
sql --set=consumers="$CONSUMERS" --file="$here/former.sql"
