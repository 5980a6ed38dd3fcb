#!/bin/sh
# Brings the server's roles and databases in step with $CONSUMERS. Safe to repeat.
set -eu
here=$(dirname "$0")
export PGOPTIONS='-c client_min_messages=warning'

until pg_isready --quiet --username="$PGUSER" --timeout=5; do
  echo "waiting for $PGHOST"
  sleep 2
done

role() {
  VERIFIER=$(cat "/verifiers/$1")
  export VERIFIER
  psql --no-psqlrc --quiet --dbname=postgres --set=name="$1" --set=ON_ERROR_STOP=1 --file="$2"
}

role groundwork_dump "$here/role.sql"
role groundwork_restore "$here/role.sql"
psql --no-psqlrc --quiet --dbname=postgres --set=ON_ERROR_STOP=1 --command='GRANT pg_read_all_data TO groundwork_dump'
for name in $CONSUMERS; do
  role "$name" "$here/role.sql"
  psql --no-psqlrc --quiet --dbname=postgres --set=name="$name" --set=ON_ERROR_STOP=1 --file="$here/database.sql"
  echo "role and database $name are in step"
done
psql --no-psqlrc --quiet --dbname=postgres --set=consumers="$CONSUMERS" --set=ON_ERROR_STOP=1 --file="$here/former.sql"
