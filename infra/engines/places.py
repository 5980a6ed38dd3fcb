"""Where this machine has brought an environment up: commands go to the last place; the last to go is known."""

import json
from collections.abc import Mapping
from pathlib import Path

from infra.engines.cluster import Target
from infra.engines.managed import is_managed, known_kubeconfig
from infra.paths import environment_dir
from infra.settings import Stack
from infra.settings.capabilities import AutoCluster, Cluster, ExistingCluster
from infra.toolchain.control_planes import ControlPlane, control_plane

Place = Mapping[str, str]


def chosen_cluster(stack: Stack, directory: Path) -> Cluster:
    """What the stack file says, else (`auto`) where the last `up` went."""
    configured = stack.settings.cluster
    if not isinstance(configured, AutoCluster):
        return configured
    last = next(iter(_places(directory)), None)
    if last is None or last["kind"] != "existing":
        return configured
    return ExistingCluster(kind="existing", context=last["context"])


def last_target(stack: Stack) -> Target:
    """Where commands on an environment go, without asking the network. Raises `UserError` where nobody knows yet."""
    if is_managed(stack):
        return Target(stack.settings.cluster.kind, known_kubeconfig(stack))
    plane = control_plane(chosen_cluster(stack, environment_dir(stack.name)), stack.name, offline=True)
    return Target(plane.kind, plane.kubeconfig, plane.context)


def knows(directory: Path, plane: ControlPlane) -> bool:
    """Whether an `up` of this machine went there."""
    return _place(plane) in _places(directory)


def remember(directory: Path, plane: ControlPlane) -> None:
    """An `up` goes there."""
    here = _place(plane)
    _write(directory, [here, *(place for place in _places(directory) if place != here)])


def forget(directory: Path, plane: ControlPlane) -> bool:
    """It is gone from there. Returns whether this machine has brought it up nowhere else."""
    left = [place for place in _places(directory) if place != _place(plane)]
    _write(directory, left)
    return not left


def _place(plane: ControlPlane) -> Place:
    return {"kind": plane.kind, "context": plane.context}


def _places(directory: Path) -> list[Place]:
    try:
        return [{"kind": str(place["kind"]), "context": str(place["context"])} for place in _read(directory)["places"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _read(directory: Path) -> dict[str, list[Place]]:
    read: dict[str, list[Place]] = json.loads((directory / "cluster.json").read_text())
    return read


def _write(directory: Path, places: list[Place]) -> None:
    if not places:
        (directory / "cluster.json").unlink(missing_ok=True)
        return
    draft = directory / ".cluster.json"
    draft.write_text(json.dumps({"places": places}))
    draft.replace(directory / "cluster.json")
