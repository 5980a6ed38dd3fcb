#!/bin/sh
# Dumps every consumer's database into the folder /dumps.
set -eu
for name in $CONSUMERS; do
  pg_dump --format=custom --lock-wait-timeout=60s --no-password --dbname="$name" --file="/dumps/$name.dump"
  echo "dumped $name: $(wc -c <"/dumps/$name.dump") bytes"
done
