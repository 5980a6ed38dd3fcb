"""Runs beside the server in its container: imports the app as the server's own processes did, and lists its routes."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.routing import iter_route_contexts  # type: ignore[import-not-found,unused-ignore]
from starlette.routing import Mount  # type: ignore[import-not-found,unused-ignore]


def _as_the_server() -> None:
    """Takes over the variables of a server process: the command line becomes some of them."""
    for process in Path("/proc").glob("[0-9]*"):
        if b"-m\0uvicorn" in (process / "cmdline").read_bytes():
            for pair in (process / "environ").read_bytes().split(b"\0"):
                name, _, value = pair.partition(b"=")
                if name:
                    os.environb[name] = value
            return
    raise SystemExit("no server process found")


def _paths(routes: Any) -> Iterator[str]:
    for found in iter_route_contexts(routes):
        path = found.path or ""
        mounted = getattr(found.original_route, "app", None)
        flask = getattr(getattr(mounted, "app", None), "url_map", None)
        if flask is not None:
            yield from (path.rstrip("/") + rule.rule for rule in flask.iter_rules())
        elif isinstance(found.original_route, Mount):
            yield from (path.rstrip("/") + inner for inner in _paths(found.original_route.routes))
        else:
            yield path


_as_the_server()
from mlflow.server.fastapi_app import app  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

print(json.dumps(sorted(set(_paths(app.routes)))))
