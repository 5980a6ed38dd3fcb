"""EKS add-ons, pinned, each with a role of its own where it calls AWS."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws import PodRole, PodRoleArgs
from components.cluster.inputs import EksClusterArgs
from components.cluster.roles import volume_encryption

NETWORK = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")
"""Without these no node becomes ready."""
SERVICES = ("aws-ebs-csi-driver", "coredns", "metrics-server")
"""These run on nodes."""
AUTO_SERVICES = ("metrics-server",)
"""What Auto Mode does not bring itself."""

_CONFIGURATION: Mapping[str, Mapping[str, Any]] = {"vpc-cni": {"enableNetworkPolicy": "true"}}


def addons(
    names: Sequence[str],
    args: EksClusterArgs,
    *,
    cluster: pulumi.Input[str],
    volumes_key: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """These add-ons, in the versions of the arguments."""
    made: list[pulumi.Resource] = []
    for name in names:
        role = _role(name, args, cluster, volumes_key, parent)
        values = _CONFIGURATION.get(name)
        made.append(
            aws.eks.Addon(
                name,
                cluster_name=cluster,
                addon_name=name,
                addon_version=args.addons[name],
                configuration_values=json.dumps(values) if values else None,
                # The add-on's own fields become again what this version of it says.
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="OVERWRITE",
                opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after, *([role] if role else [])]),
            )
        )
    return made


def _role(
    name: str,
    args: EksClusterArgs,
    cluster: pulumi.Input[str],
    volumes_key: pulumi.Input[str],
    parent: pulumi.Resource,
) -> PodRole | None:
    policies = f"arn:{args.partition}:iam::aws:policy"
    child = pulumi.ResourceOptions(parent=parent)
    if name == "vpc-cni":
        return PodRole(
            name,
            PodRoleArgs(
                cluster=cluster,
                namespace="kube-system",
                service_account="aws-node",
                managed_policies=[f"{policies}/AmazonEKS_CNI_Policy"],
                permission_boundary=args.permission_boundary,
            ),
            child,
        )
    if name == "aws-ebs-csi-driver":
        return PodRole(
            name,
            PodRoleArgs(
                cluster=cluster,
                namespace="kube-system",
                service_account="ebs-csi-controller-sa",
                managed_policies=[f"{policies}/AmazonEBSCSIDriverPolicyV2"],
                statements=volume_encryption(volumes_key, args.ec2_host),
                permission_boundary=args.permission_boundary,
            ),
            child,
        )
    return None
