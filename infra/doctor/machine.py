"""This machine: tools, Docker, the control plane, space on its disks."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from infra.doctor.model import Check, Verdict
from infra.errors import UserError
from infra.paths import cache_dir, state_dir
from infra.settings import Stack
from infra.settings.capabilities import AutoCluster, ExistingCluster, KindCluster, SimulatedCluster
from infra.toolchain import control_plane
from infra.toolchain.control_planes import docker_runs
from infra.toolchain.finding import find, refused_on_path, version_of
from infra.toolchain.versions import SIMULATED, TOOLS

_GIB = 2**30
_LEAST, _ENOUGH = 2 * _GIB, 8 * _GIB
"""A control plane's own files; and the tools' sources and build cache beside them."""
_OLDEST_AWS_CLI = (1, 16, 156)
"""The first that has `eks get-token` (AWS CLI's changelog)."""
_LOCAL = (AutoCluster, KindCluster, SimulatedCluster)


def examine(stack: Stack, *, offline: bool) -> Iterator[Check]:
    """Everything that runs here for this stack."""
    yield from _tools(stack, offline)
    if isinstance(stack.settings.cluster, (*_LOCAL, ExistingCluster)):
        yield from _cluster(stack, offline)
    yield from _space()


def _tools(stack: Stack, offline: bool) -> Iterator[Check]:
    cluster = stack.settings.cluster
    docker = docker_runs()
    engine = "pulumi" if stack.settings.account else "helm"
    needed = {"kubectl", engine}
    if isinstance(cluster, KindCluster) or (isinstance(cluster, AutoCluster) and docker):
        needed.add("kind")
    elif isinstance(cluster, (AutoCluster, SimulatedCluster)):
        needed.update(SIMULATED)
    for name in (name for name in TOOLS if name in needed):
        yield _tool(name, offline)
    if stack.settings.account:
        yield _aws_cli()


def _tool(name: str, offline: bool) -> Check:
    tool = TOOLS[name]
    path = find(tool)
    if path:
        return Check("tools", name, Verdict.OK, str(path))
    missing = refused_on_path(tool)
    if offline:
        return Check("tools", name, Verdict.PROBLEM, f"{missing}, and offline", f"groundwork tools get {name}")
    if name == "pulumi":
        return Check(
            "tools", name, Verdict.WARNING, f"{missing}: it is downloaded at first", f"groundwork tools get {name}"
        )
    return Check("tools", name, Verdict.OK, f"{missing}: it is downloaded or built at first")


def _aws_cli() -> Check:
    """Kubernetes' clients sign in to EKS through it: a token lasts 15 minutes, and none is kept."""
    path = shutil.which("aws")
    version = version_of(Path(path), ("--version",)) if path else None
    if version and version >= _OLDEST_AWS_CLI:
        return Check("tools", "aws", Verdict.OK, str(path))
    found = "not on PATH" if not path else f"{path} is too old" if version else f"{path} does not start"
    message = f"{found}; kubectl and Pulumi sign in to the cluster by `aws eks get-token`"
    return Check("tools", "aws", Verdict.PROBLEM, message, "install the AWS CLI, version 2")


def _cluster(stack: Stack, offline: bool) -> Iterator[Check]:
    cluster = stack.settings.cluster
    if isinstance(cluster, KindCluster) and not docker_runs():
        yield Check("cluster", "docker", Verdict.PROBLEM, "no Docker daemon answers", "start Docker, or `kind: auto`")
        return
    if isinstance(cluster, AutoCluster):
        says = "runs: real pods" if docker_runs() else "no daemon answers: simulated, containers don't run"
        yield Check("cluster", "docker", Verdict.OK, says)
    if offline and isinstance(cluster, ExistingCluster):
        yield Check("cluster", cluster.context, Verdict.UNKNOWN, "offline")
        return
    try:
        status = control_plane(cluster, stack.name, offline=True).status()
    except UserError as error:
        yield Check("cluster", "control plane", Verdict.PROBLEM, str(error))
        return
    verdict = {"running": Verdict.OK, "degraded": Verdict.WARNING}.get(status.state, Verdict.OK)
    if status.state == "absent" and isinstance(cluster, ExistingCluster):
        verdict = Verdict.PROBLEM
    yield Check("cluster", status.context, verdict, f"{status.state}: {status.message}")


def _space() -> Iterator[Check]:
    places = {"cache": cache_dir(), "state": state_dir(), "temporary files": Path(os.environ.get("TMPDIR", "/tmp"))}  # noqa: S108 - only measured
    seen: set[int] = set()
    for name, place in places.items():
        there = next(path for path in (place, *place.parents) if path.exists())
        disk = there.stat().st_dev
        if disk in seen:
            continue
        seen.add(disk)
        free = shutil.disk_usage(there).free
        verdict = Verdict.PROBLEM if free < _LEAST else Verdict.WARNING if free < _ENOUGH else Verdict.OK
        yield Check("disk", name, verdict, f"{free / _GIB:.0f} GiB free in {there}")
