"""Control planes: where an environment's objects live, and for local ones how they start and stop."""

import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from infra.errors import UserError
from infra.settings.capabilities import (
    AutoCluster,
    Cluster,
    EksCluster,
    ExistingCluster,
    ExistingEksCluster,
    LocalCluster,
)
from infra.toolchain.obtaining import OnProgress, is_offline, quiet

State = Literal["running", "degraded", "stopped", "absent"]


@dataclass(frozen=True, slots=True)
class Part:
    """One process or container of a control plane, and where it logs."""

    name: str
    running: bool
    log: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What a control plane is doing now. `degraded` means that some, but not all of it is up."""

    kind: str
    state: State
    context: str
    kubeconfig: str
    simulated: bool
    message: str
    server: str | None = None
    parts: tuple[Part, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class ControlPlane(Protocol):
    """One control plane. Raises `UserError` before anything changed, `RunFailed` after."""

    kind: str
    simulated: bool
    """Whether containers do not really run on it."""
    context: str
    kubeconfig: Path

    def start(self) -> None:
        """Brings it up, or back up, and returns when its API and its nodes are ready. Does nothing if they are."""

    def stop(self) -> None:
        """Stops it and keeps its objects."""

    def delete(self) -> None:
        """Removes it with all its objects."""

    def status(self) -> Status:
        """Changes nothing."""


def control_plane(
    settings: Cluster, environment: str, *, offline: bool | None = None, on_progress: OnProgress = quiet
) -> ControlPlane:
    """The control plane that the settings of an environment ask for. Nothing is started.

    Raises `UserError` for one of AWS's: its stack makes it, and only its stack's state knows where it is.
    """
    from infra.toolchain.existing import ExistingControlPlane
    from infra.toolchain.kind import KindControlPlane
    from infra.toolchain.simulated.control_plane import SimulatedControlPlane

    if isinstance(settings, ExistingCluster):
        return ExistingControlPlane(environment, settings.context, offline=is_offline(offline), on_progress=on_progress)
    if isinstance(settings, EksCluster | ExistingEksCluster):
        raise UserError(
            f"{environment} is on Amazon EKS: there is no control plane here to start, stop or look at.\n"
            f"`groundwork up {environment}` makes it; `groundwork simulate {environment}` tries its objects without it"
        )
    local: dict[str, Callable[..., ControlPlane]] = {"kind": KindControlPlane, "simulated": SimulatedControlPlane}
    kind = _local_kind(settings, environment)
    return local[kind](environment, offline=is_offline(offline), on_progress=on_progress)


def docker_runs() -> bool:
    """Whether a Docker daemon answers: a `docker` command alone doesn't run containers."""
    try:
        answer = subprocess.run(
            ["docker", "info", "--format", "{{.ServerVersion}}"],
            capture_output=True,
            text=True,
            timeout=10,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = answer.stdout.strip()
    return answer.returncode == 0 and version[:1].isdigit()


def _local_kind(settings: LocalCluster, environment: str) -> str:
    """`auto` keeps what the environment already runs on, also when Docker has come or gone since."""
    from infra.toolchain.record import read_record

    present = read_record(environment).kind
    if isinstance(settings, AutoCluster):
        return present or ("kind" if docker_runs() else "simulated")
    if present and present != settings.kind:
        raise UserError(
            f"environment {environment} is on a control plane of kind `{present}`, not `{settings.kind}`.\n"
            f"To change over, remove it with all its objects: groundwork cluster delete {environment} --kind {present}"
        )
    return settings.kind
