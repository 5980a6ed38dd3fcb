"""Names under which people reach an environment on AWS, and the load balancer behind them."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import CertificateArn, DomainName, Ipv4Cidr, Settings, Tuple, ZoneId

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "account": ("aws",),
    "network": ("vpc", "existing_vpc"),
    "cluster": ("eks", "existing_eks"),
}


class LoadBalancer(Settings):
    """An Application Load Balancer. It takes HTTPS alone, TLS 1.2 and newer."""

    scheme: Literal["internal", "internet"] = "internal"
    """Whether its addresses are private, in the network's intra subnets, or on the internet, in the public ones."""
    allowed_addresses: Tuple[Ipv4Cidr] = Field((), examples=[["203.0.113.0/24"]])
    """Who may connect. On the internet they must be named; within, none means the network's own addresses."""
    controller: Literal["auto_mode", "aws_load_balancer_controller"] = "auto_mode"
    """Which controller in the cluster registers pods: that of EKS Auto Mode, or one that you installed."""


class _Domain(Settings):
    """What all domains have."""

    domain: DomainName
    """The domain, or one below the zone's. The tracking server is `tracking.<domain>`, or as `tracking.hosts` says."""
    load_balancer: LoadBalancer = LoadBalancer()
    """Where people come in."""

    def covers(self, host: str) -> bool:
        """Whether the domain's certificate and load balancer are for this host."""
        return self.domain in (host, host.partition(".")[2])


class Route53Dns(_Domain):
    """A public zone on Route 53 for the domain, and a certificate for its names.

    The domain must be delegated to the zone's name servers before a certificate can be issued: by `parent_zone_id`,
    or by hand, in two steps with `delegated: false` first.
    """

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = _NEEDS

    kind: Literal["route53"]
    """A zone of its own."""
    parent_zone_id: ZoneId | None = None
    """Zone of the account in which the domain is delegated; none: you delegate it where its parent is kept."""
    delegated: bool = Field(True, examples=[True])
    """Whether the domain leads to the zone by now. Until it does, there is the zone alone: see `dns_name_servers`."""


class ExistingZoneDns(_Domain):
    """A zone on Route 53 that is already there. Only the environment's own names are put into it."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = _NEEDS

    kind: Literal["existing_zone"]
    """A zone that is already there."""
    zone_id: ZoneId
    """Its id."""
    certificate_arn: CertificateArn | None = None
    """Certificate for the domain and `*.<domain>`, in the account's region; none: one is issued (for a public zone)."""


Dns = Annotated[Route53Dns | ExistingZoneDns, Field(discriminator="kind")]
