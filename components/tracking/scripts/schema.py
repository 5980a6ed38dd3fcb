"""The database's schema and this image's MLflow: `schema.py upgrade` makes them agree, `schema.py wait` waits for it.

Reads `MLFLOW_BACKEND_STORE_URI`, which names no password, and `PGPASSWORD`.
"""

import os
import subprocess
import sys
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped]
from alembic.script import ScriptDirectory  # type: ignore[import-not-found]

URI = os.environ["MLFLOW_BACKEND_STORE_URI"]
# Whoever upgrades holds this advisory lock of the database: "mlflow" in ASCII.
LOCK = 0x6D6C666C6F77


def migrations() -> Any:
    """The migrations that this image's MLflow brings."""
    spec = find_spec("mlflow")
    assert spec and spec.submodule_search_locations  # noqa: S101
    return ScriptDirectory(str(Path(spec.submodule_search_locations[0]) / "store" / "db_migrations"))


def connect() -> Any:
    """A session, as soon as the server and this consumer's role are there."""
    while True:
        try:
            return psycopg2.connect(URI, connect_timeout=10)
        except psycopg2.OperationalError as error:
            print(f"waiting for the database: {str(error).strip().splitlines()[0]}", flush=True)
            time.sleep(2)


def revision(session: Any) -> str | None:
    """What the database is at; None before the first upgrade."""
    with session, session.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.alembic_version')")
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
        return str(row[0]) if row else None


def refuse_newer(known: Any, found: str | None) -> None:
    """Ends where the database was upgraded by a newer MLflow than this one: there is no way back but a restore."""
    if found and found not in {script.revision for script in known.walk_revisions()}:
        sys.exit(f"the schema is at {found}, which this MLflow does not know: run the newer one, or restore a dump")


def upgrade() -> None:
    """Upgrades, one at a time."""
    known = migrations()
    with closing(connect()) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        before = revision(session)
        refuse_newer(known, before)
        subprocess.run(["mlflow", "db", "upgrade", URI], check=True)
        print(f"schema: {before or 'empty'} → {revision(session)}", flush=True)


def wait() -> None:
    """Returns when the schema is this MLflow's own. Until then older pods serve."""
    known = migrations()
    head = known.get_current_head()
    said = ""
    while True:
        with closing(connect()) as session:
            found = revision(session)
        if found == head:
            print(f"schema: {head}", flush=True)
            return
        refuse_newer(known, found)
        if said != (said := f"schema: {found or 'empty'}, waiting for {head}"):
            print(said, flush=True)
        time.sleep(2)


if __name__ == "__main__":
    {"upgrade": upgrade, "wait": wait}[sys.argv[1]]()
