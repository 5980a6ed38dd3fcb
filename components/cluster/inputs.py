"""What a cluster is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

Zones = Mapping[str, pulumi.Input[str]]
"""Subnet ids by zone (`eu-central-1a`)."""


@dataclass(frozen=True, kw_only=True)
class SubnetsArgs:
    """Where in the network the cluster is."""

    control_plane: Zones
    """Subnets of the control plane's network interfaces; they need no way to the internet."""
    nodes: Zones
    """Private subnets of the nodes, known once registries can be reached from there."""


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """What one role may do in the cluster."""

    principal: str
    """ARN of the role."""
    rights: Literal["admin", "operator", "viewer"]
    """All; change what runs, Secrets included; look at everything but Secrets."""


@dataclass(frozen=True, kw_only=True)
class PoolArgs:
    """What all pools of nodes have."""

    name: str
    gpu: bool = False
    """Tainted `nvidia.com/gpu`: only what asks for GPUs runs there."""
    zones: Sequence[str]
    """`eu-central-1a` and so on."""
    disk: int
    """GiB."""
    labels: Mapping[str, str] = field(default_factory=dict)
    capacity_reservation: str | None = None


@dataclass(frozen=True, kw_only=True)
class AutoPoolArgs(PoolArgs):
    """A node pool of EKS Auto Mode."""

    instance_types: Sequence[str] = ()
    families: Sequence[str] = ()
    """Families to choose from where no types are named; neither: general ones."""
    architecture: str = "amd64"
    capacity: str = "on-demand"
    """As Karpenter names it: `on-demand`, `spot`, `reserved`."""
    max_cpu: int
    max_gpus: int


@dataclass(frozen=True, kw_only=True)
class NodeGroupArgs(PoolArgs):
    """A managed node group, or one for each zone."""

    instance_types: Sequence[str]
    image: str
    """AMI type as EKS names it: `AL2023_x86_64_STANDARD`."""
    capacity: str = "ON_DEMAND"
    """As EKS names it: `ON_DEMAND`, `SPOT`, `CAPACITY_BLOCK`."""
    minimum: int
    maximum: int
    per_zone: bool = False


@dataclass(frozen=True, kw_only=True)
class AutoArgs:
    """EKS Auto Mode."""

    pools: Sequence[AutoPoolArgs]
    built_in: Sequence[str] = ()
    """Node pools of AWS's own: `general-purpose`, `system`."""


@dataclass(frozen=True, kw_only=True)
class NodeGroupsArgs:
    """Managed node groups."""

    groups: Sequence[NodeGroupArgs]


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """A cluster, its nodes, and who may enter."""

    name: str
    """Its name in the account, deterministic."""
    identifier: str
    """Tells the cluster's Kubernetes provider apart; never changes while the cluster is there."""
    account: str
    region: str
    partition: str = "aws"
    ec2_host: str
    """Where EC2 answers in the region: `ec2.eu-central-1.amazonaws.com`."""
    version: str
    support: Literal["STANDARD", "EXTENDED"] | None = None
    """At the end of standard support AWS upgrades, or keeps the version for a surcharge. None: AWS's default."""
    subnets: SubnetsArgs
    access: Sequence[AccessArgs]
    """The role that deploys must be among them: making a cluster gives no rights in it."""
    public_access: Sequence[str] = ()
    """Public ranges that reach the API server over the internet; none: it is private."""
    log_retention: int
    """Days."""
    zonal_shift: bool | None = None
    """None: AWS's default."""
    compute: AutoArgs | NodeGroupsArgs
    addons: Mapping[str, str]
    """Pinned version by add-on name."""
    tags: Mapping[str, str]
    """Tags of what the cluster itself makes: nodes, volumes, load balancers."""
    permission_boundary: str | None = None
    protect: bool = True
    """Whether it, its keys, logs and volumes survive."""
