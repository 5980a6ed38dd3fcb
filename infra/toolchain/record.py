"""What this machine remembers of one local control plane: a folder, and a small file in it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from infra.paths import state_dir


@dataclass(frozen=True, slots=True)
class Record:
    """Everything here can be found out again: a lost or truncated record costs a restart, never objects."""

    kind: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)
    ready: str = ""
    """Fingerprint of what was set up when it was last ready."""


def cluster_dir(environment: str) -> Path:
    """The folder of one environment's control plane, whether it is there or not."""
    return state_dir() / "clusters" / environment


def read_record(environment: str) -> Record:
    """The record; empty if there is none or it can't be read."""
    try:
        data = json.loads((cluster_dir(environment) / "record.json").read_text())
        known = {one.name: data[one.name] for one in fields(Record) if one.name in data}
        return Record(**known) if isinstance(known.get("ports", {}), dict) else Record()
    except (OSError, ValueError, TypeError):
        return Record(kind="simulated" if (cluster_dir(environment) / "etcd").is_dir() else "")


def write_record(environment: str, record: Record) -> None:
    """Replaces the record in one step."""
    write_private(cluster_dir(environment) / "record.json", json.dumps(_plain(record)))


def write_private(path: Path, text: str) -> None:
    """Writes a file that only this user may read, in one step."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    new.replace(path)


def _plain(record: Record) -> dict[str, Any]:
    return asdict(record)
