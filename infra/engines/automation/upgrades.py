"""Whether a cluster's Kubernetes version can become the one that its settings want."""

from collections.abc import Mapping
from typing import Any

from infra.catalog import default_eks_version, upgrade_problem
from infra.settings import EnvironmentSettings
from infra.settings.capabilities import EksCluster

_CLUSTER = "aws:eks/cluster:Cluster"


def refused_upgrade(settings: EnvironmentSettings, deployment: Mapping[str, Any]) -> str | None:
    """Why not, from what the stack's state says is installed; none if it can, or nothing is."""
    if not isinstance(settings.cluster, EksCluster):
        return None
    wanted = settings.cluster.version or default_eks_version()
    installed = [
        resource["outputs"]["version"]
        for resource in deployment.get("resources") or []
        if resource["type"] == _CLUSTER
        and not resource.get("delete")
        and (resource.get("outputs") or {}).get("version")
    ]
    return next(filter(None, (upgrade_problem(version, wanted) for version in installed)), None)
