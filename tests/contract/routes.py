"""Runs beside the server in its container: imports the app as the server's own processes did, and lists its routes."""

import json
import os
from pathlib import Path


def _as_the_server() -> None:
    """Takes over the variables of a server process: the command line becomes some of them."""
    for process in Path("/proc").glob("[0-9]*"):
        if b"uvicorn" in (process / "cmdline").read_bytes():
            for pair in (process / "environ").read_bytes().split(b"\0"):
                name, _, value = pair.partition(b"=")
                if name:
                    os.environb[name] = value
            return
    raise SystemExit("no server process found")


def _paths(routes: object, prefix: str = "") -> set[str]:
    found = set()
    for route in routes:  # type: ignore[attr-defined]
        path = prefix + getattr(route, "path", "")
        flask = getattr(getattr(getattr(route, "app", None), "app", None), "url_map", None)
        if getattr(route, "routes", None):
            found |= _paths(route.routes, path)
        elif flask is not None:
            found |= {path + rule.rule for rule in flask.iter_rules()}
        else:
            found.add(path)
    return found


_as_the_server()
from mlflow.server.fastapi_app import app  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

print(json.dumps(sorted(_paths(app.routes))))
