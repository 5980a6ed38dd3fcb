"""The network that an environment on AWS lives in."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings import subnets
from infra.settings.base import FrozenMap, Ipv4Cidr, LogDays, Settings, SubnetId, Tuple, VpcId

Endpoint = Literal[
    "ecr", "sts", "logs", "ec2", "eks", "eks-auth", "elasticloadbalancing", "secretsmanager", "kms", "monitoring", "ssm"
]
"""AWS services that a network can have endpoints for. `ecr` is both of its: the API and the registry."""


class Subnets(Settings):
    """Subnets by the names of their zones, in place of those that arithmetic gives."""

    public: FrozenMap[Ipv4Cidr] = Field(
        examples=[{"eu-central-1a": "10.64.192.0/22", "eu-central-1b": "10.64.196.0/22"}]
    )
    """Load balancers that the internet reaches, and NAT gateways: /27 or larger, one for each zone."""
    private: FrozenMap[Ipv4Cidr] = Field(examples=[{"eu-central-1a": "10.64.0.0/18", "eu-central-1b": "10.64.64.0/18"}])
    """Nodes and pods, each with an address of its own: /24 or larger, one for each zone."""
    intra: FrozenMap[Ipv4Cidr] = Field(
        examples=[{"eu-central-1a": "10.64.224.0/22", "eu-central-1b": "10.64.228.0/22"}]
    )
    """Control plane, databases and endpoints of AWS services, without a way out: /27 or larger, one for each zone."""


class Vpc(Settings):
    """A VPC with public, private and intra subnets in each of the account's zones. S3 is reached by a gateway endpoint.

    Arithmetic gives each zone a quarter of the addresses as its private subnet, and a thirty-second each as its public
    and its intra one; the rest stays free. A zone counts by its place in `account.zones`: add a third one at the end,
    and nothing moves.
    """

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",)}

    kind: Literal["vpc"]
    """A VPC of its own."""
    cidr: Ipv4Cidr
    """Its addresses: a /16 to /22 of private ones. They can't change later."""
    subnets: Subnets | None = None
    """Subnets as you want them; none: by arithmetic."""
    nat: Literal["single", "per_zone", "none"] = Field(examples=["per_zone"])
    """NAT gateways: one for all (cheaper, and nobody goes out when its zone fails), one in each zone, or no way out."""
    endpoints: Tuple[Endpoint] = Field(("ecr", "sts", "logs"), examples=[["ecr", "sts", "logs", "secretsmanager"]])
    """AWS services with an address in the network, in each zone. Without NAT, most of them are needed."""
    flow_log_retention: LogDays = Field(examples=[365])
    """Days that flow logs are kept."""
    reserved: Tuple[Ipv4Cidr] = Field((), examples=[["10.0.0.0/10"]])
    """Addresses of networks that this one is, or will be, connected to. It must not overlap them."""

    def subnets_in(self, zones: tuple[str, ...]) -> dict[str, dict[str, IPv4Network]]:
        """Its subnets by tier and zone, given or by arithmetic."""
        if self.subnets is None:
            return subnets.planned(IPv4Network(self.cidr), zones)
        return {tier: subnets.given(getattr(self.subnets, tier)) for tier in subnets.TIERS}


class ExistingVpc(Settings):
    """A VPC that is already there. Its routes, endpoints, flow logs and the tags by which EKS finds subnets for load
    balancers (`kubernetes.io/role/elb`, `kubernetes.io/role/internal-elb`) are its owner's.
    """

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",)}

    kind: Literal["existing_vpc"]
    """A VPC that is already there."""
    vpc_id: VpcId
    """Its id."""
    cidr: Ipv4Cidr
    """Its addresses, from which load balancers reach pods."""
    public_subnet_ids: FrozenMap[SubnetId] = Field(
        default_factory=dict,
        validate_default=True,
        examples=[{"eu-central-1a": "subnet-0a1b2c3d4e5f60001", "eu-central-1b": "subnet-0a1b2c3d4e5f60002"}],
    )
    """Subnets for load balancers that the internet reaches, by zone; none: there are no such load balancers."""
    private_subnet_ids: FrozenMap[SubnetId] = Field(
        examples=[{"eu-central-1a": "subnet-0a1b2c3d4e5f60003", "eu-central-1b": "subnet-0a1b2c3d4e5f60004"}]
    )
    """Subnets of nodes and pods, by zone: one for each of the account's zones."""
    intra_subnet_ids: FrozenMap[SubnetId] = Field(
        default_factory=dict,
        validate_default=True,
        examples=[{"eu-central-1a": "subnet-0a1b2c3d4e5f60005", "eu-central-1b": "subnet-0a1b2c3d4e5f60006"}],
    )
    """Subnets of control plane and databases, by zone; none: the private ones."""


Network = Annotated[Vpc | ExistingVpc, Field(discriminator="kind")]
