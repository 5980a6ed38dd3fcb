"""EKS Auto Mode: node pools as Kubernetes objects, and what makes its nodes keep to NetworkPolicies."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.access import access_entry
from components.cluster.inputs import AutoArgs, AutoPoolArgs, EksClusterArgs
from components.cluster.roles import node_role

_GPU = "nvidia.com/gpu"


def auto_nodes(
    args: EksClusterArgs,
    compute: AutoArgs,
    *,
    cluster: pulumi.Input[str],
    security_group: pulumi.Input[str],
    volumes_key: pulumi.Input[str],
    parent: pulumi.Resource,
    provider: pulumi.ProviderResource,
) -> list[pulumi.Resource]:
    """A NodeClass and a NodePool for each pool."""
    role, policies = node_role("nodes", args, parent)
    entry = access_entry(
        "auto-nodes",
        cluster=cluster,
        principal=role.arn,
        policy="AmazonEKSAutoNodePolicy",
        partition=args.partition,
        parent=parent,
        type_="EC2",
    )
    # NetworkPolicies mean nothing before this (EKS user guide, "Use Network Policies with EKS Auto Mode").
    enforced = k8s.core.v1.ConfigMap(
        "amazon-vpc-cni",
        metadata=k8s.meta.v1.ObjectMetaArgs(name="amazon-vpc-cni", namespace="kube-system"),
        data={"enable-network-policy-controller": "true"},
        opts=pulumi.ResourceOptions(parent=parent, provider=provider),
    )
    before = [*policies, entry, enforced]
    return [
        _node_pool(
            pool,
            _node_class(pool, args, role.name, security_group, volumes_key, parent, provider, before),
            parent,
            provider,
        )
        for pool in compute.pools
    ]


def _node_class(
    pool: AutoPoolArgs,
    args: EksClusterArgs,
    role: pulumi.Input[str],
    security_group: pulumi.Input[str],
    volumes_key: pulumi.Input[str],
    parent: pulumi.Resource,
    provider: pulumi.ProviderResource,
    after: Sequence[pulumi.Resource],
) -> k8s.apiextensions.CustomResource:
    spec: dict[str, Any] = {
        "role": role,
        "subnetSelectorTerms": [{"id": args.subnets.nodes[zone]} for zone in pool.zones],
        "securityGroupSelectorTerms": [{"id": security_group}],
        "networkPolicy": "DefaultAllow",
        "ephemeralStorage": {"size": f"{pool.disk}Gi", "kmsKeyID": volumes_key},
        "tags": dict(args.tags),
    }
    if pool.capacity_reservation:
        spec["capacityReservationSelectorTerms"] = [{"id": pool.capacity_reservation}]
    return k8s.apiextensions.CustomResource(
        pool.name,
        api_version="eks.amazonaws.com/v1",
        kind="NodeClass",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=pool.name),
        spec=spec,
        opts=pulumi.ResourceOptions(parent=parent, provider=provider, depends_on=[*after]),
    )


def _node_pool(
    pool: AutoPoolArgs,
    node_class: k8s.apiextensions.CustomResource,
    parent: pulumi.Resource,
    provider: pulumi.ProviderResource,
) -> k8s.apiextensions.CustomResource:
    template: dict[str, Any] = {
        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": pool.name},
        "requirements": [
            {"key": key, "operator": operator, "values": list(values)} for key, operator, values in _requirements(pool)
        ],
    }
    if pool.gpu:
        template["taints"] = [{"key": _GPU, "value": "present", "effect": "NoSchedule"}]
    limits = {"cpu": str(pool.max_cpu), **({_GPU: str(pool.max_gpus)} if pool.gpu else {})}
    return k8s.apiextensions.CustomResource(
        pool.name,
        api_version="karpenter.sh/v1",
        kind="NodePool",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=pool.name),
        spec={
            "template": {"metadata": {"labels": dict(pool.labels)}, "spec": template},
            "disruption": _disruption(pool),
            "limits": limits,
        },
        opts=pulumi.ResourceOptions(parent=parent, provider=provider, depends_on=[node_class]),
    )


def _requirements(pool: AutoPoolArgs) -> list[tuple[str, str, Sequence[str]]]:
    label = "eks.amazonaws.com/instance"
    if pool.instance_types:
        machines = [("node.kubernetes.io/instance-type", "In", pool.instance_types)]
    elif pool.families:
        machines = [(f"{label}-family", "In", pool.families)]
    else:
        machines = [(f"{label}-category", "In", ("c", "m", "r")), (f"{label}-generation", "Gt", ("4",))]
    return [
        *machines,
        ("kubernetes.io/arch", "In", (pool.architecture,)),
        ("karpenter.sh/capacity-type", "In", (pool.capacity,)),
        ("topology.kubernetes.io/zone", "In", pool.zones),
    ]


def _disruption(pool: AutoPoolArgs) -> Mapping[str, Any]:
    """General nodes are packed; what computes on a GPU is left in peace until it is done."""
    if pool.gpu:
        return {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "10m", "budgets": [{"nodes": "10%"}]}
    return {"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "1m", "budgets": [{"nodes": "10%"}]}
