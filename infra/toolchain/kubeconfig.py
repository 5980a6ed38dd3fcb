"""Kubeconfigs: one of its own for every local control plane; the user's is touched only when asked."""

import base64
import os
from pathlib import Path
from typing import Any

import yaml

from infra.errors import UserError
from infra.toolchain.record import write_private

_LISTS = ("clusters", "users", "contexts")


def context_name(environment: str) -> str:
    return f"groundwork-{environment}"


def write_kubeconfig(path: Path, name: str, server: str, pki: Path) -> None:
    """A kubeconfig that holds its certificates, with one context that is the current one."""

    def encoded(file: str) -> str:
        return base64.b64encode((pki / file).read_bytes()).decode()

    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": encoded("ca.crt")}}],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": encoded("admin.crt"),
                    "client-key-data": encoded("admin.key"),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    write_private(path, yaml.safe_dump(config, sort_keys=False))


def user_kubeconfigs() -> list[Path]:
    """The files that kubectl reads by default."""
    listed = [entry for entry in os.environ.get("KUBECONFIG", "").split(os.pathsep) if entry]
    return [Path(entry) for entry in listed] or [Path.home() / ".kube" / "config"]


def merge_into_user_kubeconfig(own: Path) -> Path:
    """Adds a control plane's context to the user's first kubeconfig, or refreshes it there; returns that file."""
    target = user_kubeconfigs()[0]
    target = target.resolve() if target.exists() else target
    ours = yaml.safe_load(own.read_text())
    theirs = _read(target)
    name = ours["current-context"]
    for key in _LISTS:
        others = [entry for entry in theirs.get(key) or [] if entry.get("name") != name]
        theirs[key] = others + ours[key]
    theirs.setdefault("current-context", name)
    write_private(target, yaml.safe_dump(theirs, sort_keys=False))
    return target


def contexts(paths: list[Path]) -> list[str]:
    """The names of the contexts in these kubeconfigs, as far as they can be read."""
    names: list[str] = []
    for path in paths:
        if path.exists():
            names += [entry["name"] for entry in _read(path).get("contexts") or []]
    return names


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"apiVersion": "v1", "kind": "Config"}
    try:
        data = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not a kubeconfig: {error}") from None
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path} is not a kubeconfig")
    return data
