"""Cluster on AWS: settings → component."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import pulumi

from infra.build.account import Account
from infra.catalog import default_eks_version, eks_addons, instance_type
from infra.settings import EnvironmentSettings
from infra.settings.base import in_bytes
from infra.settings.capabilities import (
    AutoCompute,
    AutoPool,
    EksCluster,
    ExistingEksCluster,
    NodeGroup,
    NodeGroupsCompute,
)
from infra.settings.capabilities.account import service_host

if TYPE_CHECKING:
    from components import cluster as components
    from components import vpc

_SUPPORT: Mapping[str, Literal["STANDARD", "EXTENDED"]] = {"standard": "STANDARD", "extended": "EXTENDED"}
# Operating system and whether for GPUs → AMI type by the machine's architecture.
_IMAGES: Mapping[tuple[str, bool], Mapping[str, str]] = {
    ("al2023", False): {"x86_64": "AL2023_x86_64_STANDARD", "arm64": "AL2023_ARM_64_STANDARD"},
    ("al2023", True): {"x86_64": "AL2023_x86_64_NVIDIA", "arm64": "AL2023_ARM_64_NVIDIA"},
    ("bottlerocket", False): {"x86_64": "BOTTLEROCKET_x86_64", "arm64": "BOTTLEROCKET_ARM_64"},
    ("bottlerocket", True): {"x86_64": "BOTTLEROCKET_x86_64_NVIDIA", "arm64": "BOTTLEROCKET_ARM_64_NVIDIA"},
}


def declare(
    environment: str,
    settings: EnvironmentSettings,
    account: Account | None,
    network: "vpc.Network | None",
) -> "components.AwsCluster | None":
    """The cluster on EKS, or the one that is there; none off AWS."""
    if account is None:
        return None
    if isinstance(settings.cluster, ExistingEksCluster):
        return _exported(_existing(settings.cluster, account))
    if isinstance(settings.cluster, EksCluster):
        assert network is not None  # noqa: S101
        return _exported(_eks(environment, settings.cluster, account, network))
    return None


def _exported(made: "components.AwsCluster") -> "components.AwsCluster":
    pulumi.export("cluster_name", made.name)
    pulumi.export("kubeconfig", made.kubeconfig)
    return made


def _existing(settings: ExistingEksCluster, account: Account) -> "components.AwsCluster":
    from components import cluster

    return cluster.ExistingEksCluster(
        "cluster",
        cluster.ExistingEksClusterArgs(
            name=settings.name,
            account=account.settings.id,
            region=account.settings.region,
            partition=account.settings.partition,
            endpoint=settings.endpoint,
            certificate_authority=settings.certificate_authority,
            security_group_id=settings.security_group_id,
        ),
        account.opts,
    )


def _eks(environment: str, settings: EksCluster, account: Account, network: "vpc.Network") -> "components.AwsCluster":
    from components import cluster

    version = settings.version or default_eks_version()
    access = [
        cluster.AccessArgs(principal=settings.deployer, rights="admin"),
        *(cluster.AccessArgs(principal=arn, rights="admin") for arn in settings.admins),
        *(cluster.AccessArgs(principal=arn, rights="operator") for arn in settings.operators),
        *(cluster.AccessArgs(principal=arn, rights="viewer") for arn in settings.viewers),
    ]
    return cluster.EksCluster(
        "cluster",
        cluster.EksClusterArgs(
            name=account.name,
            identifier=environment,
            account=account.settings.id,
            region=account.settings.region,
            partition=account.settings.partition,
            ec2_host=service_host("ec2", account.settings.region),
            version=version,
            support=_SUPPORT[settings.support] if settings.support else None,
            subnets=cluster.SubnetsArgs(control_plane=network.intra_subnet_ids, nodes=network.private_subnet_ids),
            access=access,
            public_access=settings.public_access,
            log_retention=settings.log_retention,
            zonal_shift=settings.zonal_shift,
            compute=_compute(settings.compute, account),
            addons=eks_addons()[version],
            tags=account.tags,
            permission_boundary=account.settings.permission_boundary,
            protect=account.protect,
        ),
        account.opts,
    )


def _compute(
    settings: AutoCompute | NodeGroupsCompute, account: Account
) -> "components.AutoArgs | components.NodeGroupsArgs":
    from components import cluster

    if isinstance(settings, AutoCompute):
        return cluster.AutoArgs(
            pools=[_auto_pool(pool, account) for pool in settings.pools], built_in=settings.built_in
        )
    return cluster.NodeGroupsArgs(groups=[_group(group, account) for group in settings.groups])


def _auto_pool(pool: AutoPool, account: Account) -> "components.AutoPoolArgs":
    from components import cluster

    return cluster.AutoPoolArgs(
        name=pool.name,
        gpu=pool.gpu,
        zones=_zones(pool, account),
        disk=_gibibytes(pool.disk),
        labels=pool.labels,
        capacity_reservation=pool.capacity_reservation,
        instance_types=pool.instance_types,
        families=pool.families,
        architecture=pool.architecture,
        capacity=pool.capacity.replace("_", "-"),
        max_cpu=pool.max_cpu,
        max_gpus=pool.max_gpus,
    )


def _group(group: NodeGroup, account: Account) -> "components.NodeGroupArgs":
    from components import cluster

    type_ = instance_type(group.instance_types[0])
    system = group.image or ("bottlerocket" if group.gpu else "al2023")
    return cluster.NodeGroupArgs(
        name=group.name,
        gpu=group.gpu,
        zones=_zones(group, account),
        disk=_gibibytes(group.disk),
        labels=group.labels,
        capacity_reservation=group.capacity_reservation,
        instance_types=group.instance_types,
        image=_IMAGES[system, group.gpu][type_.architecture if type_ else "x86_64"],
        capacity=group.capacity.upper(),
        minimum=group.min,
        maximum=group.max,
        per_zone=group.per_zone,
    )


def _zones(pool: AutoPool | NodeGroup, account: Account) -> tuple[str, ...]:
    return tuple(f"{account.settings.region}{zone}" for zone in pool.zones or account.settings.zones)


def _gibibytes(quantity: str) -> int:
    """Rounded up: EBS knows no smaller unit."""
    return -(-in_bytes(quantity) // 2**30)
