#!/bin/bash
# Replaces everything in $DATABASE by /dumps/$DATABASE.dump, in one transaction: all or nothing.
set -euo pipefail
[ "$ACTION" = restore ] || exit 0

# Whatever is created belongs to the consumer. What cascades, and what only a superuser may analyze, is no news.
export PGOPTIONS="-c role=$DATABASE -c client_min_messages=error"
sql() { psql --no-psqlrc --quiet --dbname="$DATABASE" --set=name="$DATABASE" --set=ON_ERROR_STOP=1 --output=/dev/null; }

reopen() { sql <<<'GRANT CONNECT ON DATABASE :"name" TO :"name";' && echo "$DATABASE is open again"; }
trap reopen EXIT
trap 'exit 143' TERM INT

echo "closing $DATABASE to its consumer"
sql <<'SQL'
REVOKE CONNECT ON DATABASE :"name" FROM :"name";
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'name' AND usename = :'name';
SQL

restored() {
  cat <<'SQL'
SET lock_timeout = '60s';
BEGIN;
SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
WHERE nspname = 'public' OR pg_get_userbyid(nspowner) = :'name' \gexec
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO pg_database_owner;
SQL
  # Where this fails, the COMMIT never comes.
  pg_restore --no-owner --no-privileges --file=- "/dumps/$DATABASE.dump" || return
  echo 'COMMIT;'
}
restored | sql
sql <<<'ANALYZE;'
echo "restored $DATABASE from $(cat /dumps/key)"
