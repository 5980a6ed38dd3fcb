"""One run at a time on one environment, by a lock that ends with the process that holds it."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from infra.errors import UserError

_PATIENCE = 15.0
"""Seconds that the children of a killed run get to end."""


@contextmanager
def environment_lock(directory: Path, environment: str, doing: str) -> Iterator[int]:
    """Holds the environment for one run; yields the descriptor, for children that must hold it as long as they live.

    Raises `UserError` naming the holder.
    """
    path = directory / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path, environment)
        os.ftruncate(descriptor, 0)
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "started": started, "doing": doing}).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, environment: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(path)
            if _alive(holder.get("pid")) or time.monotonic() > deadline:
                raise UserError(_refusal(environment, holder)) from None
            time.sleep(0.1)
        else:
            return


def _holder(path: Path) -> dict[str, object]:
    try:
        holder = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _refusal(environment: str, holder: dict[str, object]) -> str:
    if "pid" not in holder:
        return f"another run on {environment} is just starting; give the command again when it is done"
    who = f"`groundwork {holder.get('doing')} {environment}` (process {holder['pid']}, since {holder.get('started')})"
    if not _alive(holder["pid"]):
        return f"{who} was killed, and what it started has not ended yet; give the command again in a minute"
    return f"{who} is working on {environment}; wait for it, or end it with `kill {holder['pid']}`"
