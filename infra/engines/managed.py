"""Environments on a cluster of their own stack: only its state knows whether it is there, and how to reach it."""

from pathlib import Path

from infra.engines.absent import AbsentCluster
from infra.engines.cluster import Cluster, Target
from infra.errors import UserError
from infra.paths import environment_dir
from infra.settings import Stack
from infra.toolchain import TOOLS, tool
from infra.toolchain.finding import find
from infra.toolchain.obtaining import OnProgress
from infra.toolchain.record import write_private

KUBECONFIG = "kubeconfig"
"""Output of a stack that makes its cluster: how to reach it. It names a command that signs in, and holds no secret."""


def is_managed(stack: Stack) -> bool:
    """Whether the cluster is one of AWS's, which the stack makes or signs in to."""
    return stack.settings.cluster.kind in ("eks", "existing_eks")


def require_pulumi(stack: Stack, engine: str) -> Path:
    """The CLI. Raises `UserError` where it is not at hand, or where another engine was asked for."""
    why = f"{stack.name} is on AWS, and only Pulumi can make what it has there"
    if engine == "helm":
        raise UserError(f"{why}: leave --engine out, or give --engine pulumi")
    found = find(TOOLS["pulumi"])
    if found is None:
        raise UserError(
            f"{why}; its CLI is not at hand.\nGet it with `groundwork tools get pulumi`, or from "
            "https://www.pulumi.com/docs/install/\n"
            f"Without it: groundwork graph {stack.name}, cost, iam, simulate, policy and check need neither it nor AWS."
        )
    return found


def managed_cluster(stack: Stack, pulumi: Path, offline: bool | None, on_progress: OnProgress) -> Cluster:
    """The cluster, not yet entered; an absent one before the first `up`."""
    text = _kubeconfig(stack, pulumi)
    kind = stack.settings.cluster.kind
    if text is None:
        return AbsentCluster(Target(kind))
    file = _file(stack)
    write_private(file, text)
    return Cluster(Target(kind, file), tool("kubectl", offline=offline, on_progress=on_progress))


def known_kubeconfig(stack: Stack) -> Path:
    """How the last command on this machine reached the cluster."""
    if not _file(stack).exists():
        raise UserError(
            f"how to reach the cluster of {stack.name} is not known on this machine yet; "
            f"`groundwork outputs {stack.name}` asks its state, once `groundwork up {stack.name}` has made it"
        )
    return _file(stack)


def _file(stack: Stack) -> Path:
    return environment_dir(stack.name) / "kubeconfig"


def _kubeconfig(stack: Stack, pulumi: Path) -> str | None:
    from infra.engines.automation.command import Command
    from infra.engines.automation.workspace import Workspace

    workspace = Workspace(stack, Command(pulumi), Target(stack.settings.cluster.kind))
    output = workspace.outputs().get(KUBECONFIG) if workspace.exists else None
    return output.value if output and isinstance(output.value, str) else None
