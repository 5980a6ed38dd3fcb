"""What consumers know of a cluster on AWS, and how it is reached."""

import json
from collections.abc import Sequence
from typing import Any, Protocol

import pulumi


class AwsCluster(Protocol):
    """A cluster of Amazon EKS, whoever made it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    """In base64, as EKS gives it."""
    security_group_id: pulumi.Output[str]
    """The cluster security group: nodes and pods are in it."""
    kubeconfig: pulumi.Output[str]
    """How to reach it, as JSON. It names a command that signs in and holds no secret."""
    storage_class: str | None
    """StorageClass of volumes on encrypted disks; none: its owner decides."""
    ready: Sequence[pulumi.Resource]
    """What must be there before pods can run, and must outlive them."""


def kubeconfig(
    *,
    name: pulumi.Input[str],
    endpoint: pulumi.Input[str],
    certificate_authority: pulumi.Input[str],
    region: str,
) -> pulumi.Output[str]:
    """A kubeconfig that signs in by `aws eks get-token`: its tokens last 15 minutes, so none is stored."""

    def written(resolved: dict[str, Any]) -> str:
        cluster = resolved["name"]
        server = {
            "server": resolved["endpoint"],
            "certificate-authority-data": resolved["certificate_authority"],
        }
        sign_in = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "aws",
            "args": ["eks", "get-token", "--cluster-name", cluster, "--region", region, "--output", "json"],
            "interactiveMode": "Never",
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": server}],
            "users": [{"name": cluster, "user": {"exec": sign_in}}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
        }
        return json.dumps(config, separators=(",", ":"))

    return pulumi.Output.all(name=name, endpoint=endpoint, certificate_authority=certificate_authority).apply(written)
