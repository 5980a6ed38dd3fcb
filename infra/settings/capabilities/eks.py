"""Clusters of Amazon EKS, and the nodes they have."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import (
    Base64,
    Cidr,
    ClusterName,
    DnsLabel,
    EksEndpoint,
    FrozenMap,
    InstanceFamily,
    InstanceTypeName,
    KubernetesVersion,
    LogDays,
    Quantity,
    ReservationId,
    RoleArn,
    SecurityGroupId,
    Settings,
    Text,
    Tuple,
    Zone,
)


class _Nodes(Settings):
    """What all pools of nodes have."""

    name: DnsLabel = Field(examples=["gpu"])
    """Name of the pool."""
    gpu: bool = False
    """Whether its nodes are for what asks for GPUs. They are tainted `nvidia.com/gpu`: nothing else runs there."""
    capacity_reservation: ReservationId | None = None
    """The capacity reservation or Capacity Block that its nodes come from, where `capacity` says so."""
    zones: Tuple[Zone] = Field((), examples=[["a", "b"]])
    """Zones by their letters; none: all of the account's."""
    disk: Quantity = Field("80Gi", examples=["200Gi"])
    """Disk of each node, for images and what pods write beside their volumes. Encrypted."""
    labels: FrozenMap[Text] = Field(default_factory=dict, validate_default=True, examples=[{"team": "fraud"}])
    """Labels on its nodes, for pods to choose them by."""


class AutoPool(_Nodes):
    """Nodes that EKS Auto Mode starts when pods need them, and takes away when none does."""

    instance_types: Tuple[InstanceTypeName] = Field((), examples=[["g6e.2xlarge", "g6e.4xlarge"]])
    """Instance types to choose from; none: all of `families`."""
    families: Tuple[InstanceFamily] = Field((), examples=[["g6", "g6e"]])
    """Instance families to choose from; none: general ones (c, m, r) of the fifth generation or newer."""
    architecture: Literal["amd64", "arm64"] = "amd64"
    """Architecture of its nodes, and so of the images that run there."""
    capacity: Literal["on_demand", "spot", "reserved"] = "on_demand"
    """What is bought: a `spot` node may go at two minutes' notice, a `reserved` one is paid for already."""
    max_cpu: Annotated[int, Field(ge=2, le=100_000)] = Field(128, examples=[512])
    """Cores of all its nodes together, at most. No more are started, whatever is asked for."""
    max_gpus: Annotated[int, Field(ge=1, le=10_000)] = Field(8, examples=[16])
    """GPUs of all its nodes together, at most; of pools with `gpu`."""


class NodeGroup(_Nodes):
    """Nodes of one kind that are always there, between `min` and `max`."""

    instance_types: Annotated[Tuple[InstanceTypeName], Field(min_length=1, examples=[["g6e.2xlarge"]])]
    """Instance types to choose from, in this order; of one architecture."""
    min: Annotated[int, Field(ge=0, le=1000)] = 1
    """Nodes at least, and at first."""
    max: Annotated[int, Field(ge=1, le=1000)] = 3
    """Nodes at most."""
    image: Literal["al2023", "bottlerocket"] | None = None
    """Operating system; none: Amazon Linux 2023, and Bottlerocket for GPUs, which brings their device plugin along."""
    capacity: Literal["on_demand", "spot", "capacity_block"] = "on_demand"
    """What is bought: a `spot` node may go at two minutes' notice, a `capacity_block` is bought beforehand."""
    per_zone: bool = False
    """A group for each zone, each of `min` to `max` nodes: for volumes that their pods must find again."""


class AutoCompute(Settings):
    """EKS Auto Mode: AWS starts, patches and replaces nodes, and runs network, volumes and load balancers itself."""

    kind: Literal["auto"] = "auto"
    """EKS Auto Mode."""
    pools: Annotated[Tuple[AutoPool], Field(min_length=1)] = Field(
        default_factory=lambda: (AutoPool(name="general"),),
        examples=[[{"name": "general"}, {"name": "gpu", "gpu": True, "families": ["g6", "g6e"]}]],
    )
    """Node pools. One of them must be without `gpu`: the platform's own services run there."""
    built_in: Tuple[Literal["general-purpose", "system"]] = Field((), examples=[["system"]])
    """Node pools of AWS's own beside them, which can't be configured; their disks have no key of the environment."""


class NodeGroupsCompute(Settings):
    """Managed node groups, with the add-ons that Auto Mode would bring by itself."""

    kind: Literal["node_groups"]
    """Managed node groups."""
    groups: Annotated[Tuple[NodeGroup], Field(min_length=1)] = Field(
        examples=[
            [
                {"name": "general", "instance_types": ["m7i.xlarge"], "min": 3, "max": 6},
                {"name": "gpu", "gpu": True, "instance_types": ["g6e.2xlarge"], "min": 0, "max": 4, "per_zone": True},
            ]
        ]
    )
    """Node groups. One of them must be without `gpu`: the platform's own services run there."""


Compute = Annotated[AutoCompute | NodeGroupsCompute, Field(discriminator="kind")]


class EksCluster(Settings):
    """A cluster of Amazon EKS in the environment's network."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",), "network": ("vpc", "existing_vpc")}

    kind: Literal["eks"]
    """Amazon EKS."""
    version: KubernetesVersion | None = None
    """Kubernetes version; none: the catalog's. It goes up one minor version at a time, and never down."""
    support: Literal["standard", "extended"] | None = None
    """After standard support: `extended` stays, for a surcharge; `standard`: AWS upgrades; none: `check` refuses it."""
    deployer: RoleArn
    """Role that brings the environment up. It has all rights in the cluster."""
    admins: Tuple[RoleArn] = Field((), examples=[["arn:aws:iam::111122223333:role/admins"]])
    """Roles with all rights in the cluster."""
    operators: Tuple[RoleArn] = Field((), examples=[["arn:aws:iam::111122223333:role/operators"]])
    """Roles that may change what runs there, Secrets included."""
    viewers: Tuple[RoleArn] = Field((), examples=[["arn:aws:iam::111122223333:role/viewers"]])
    """Roles that may look at everything but Secrets."""
    public_access: Tuple[Cidr] = Field((), examples=[["203.0.113.0/24"]])
    """Public addresses that reach the API server over the internet; none: it is reached from the network alone."""
    log_retention: LogDays = Field(examples=[365])
    """Days that the control plane's logs are kept."""
    zonal_shift: bool | None = None
    """Whether AWS may move traffic away from a zone that fails; none: as AWS has it, which is no."""
    compute: Compute = Field(default_factory=AutoCompute)
    """The nodes."""


class ExistingEksCluster(Settings):
    """A cluster of Amazon EKS that is already there. Its nodes, add-ons and access entries are its owner's."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",)}

    kind: Literal["existing_eks"]
    """A cluster of Amazon EKS that is already there."""
    name: ClusterName
    """Its name, in the account's region."""
    endpoint: EksEndpoint
    """Address of its API server."""
    certificate_authority: Base64
    """Certificate of its API server's authority, as EKS gives it."""
    security_group_id: SecurityGroupId
    """Its cluster security group."""
