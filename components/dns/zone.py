"""Zones on Route 53: one of the environment's own, or one that exists."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.dns.certificate import Certificate, CertificateArgs


@dataclass(frozen=True, kw_only=True)
class PublicZoneArgs:
    """Which domain, and how the internet learns of it."""

    domain: str
    parent_zone_id: str | None = None
    """The zone on Route 53 in which the domain is delegated to this one; none: somebody does so elsewhere."""
    delegated: bool = True
    """Whether it is delegated by now. Before, no certificate can be issued."""
    protect: bool = True
    """Whether the zone is protected and retained: another one would have other name servers."""


class PublicZone(pulumi.ComponentResource):
    """A public zone of its own, and a certificate for its names."""

    zone_id: pulumi.Output[str]
    name_servers: pulumi.Output[Sequence[str]]
    """What the domain must be delegated to."""
    certificate_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: PublicZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:PublicZone", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        zone = aws.route53.Zone(
            name,
            name=args.domain,
            comment="Names of a machine learning platform",
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        waits_for: list[pulumi.Resource] = []
        if args.parent_zone_id:
            waits_for = [
                aws.route53.Record(
                    f"{name}-delegation",
                    zone_id=args.parent_zone_id,
                    name=args.domain,
                    type="NS",
                    records=zone.name_servers,
                    ttl=3600,
                    opts=child,
                )
            ]
        self.zone_id, self.name_servers = zone.zone_id, zone.name_servers
        self.certificate_arn = None
        if args.delegated:
            self.certificate_arn = Certificate(
                f"{name}-certificate",
                CertificateArgs(domain=args.domain, zone_id=zone.zone_id),
                pulumi.ResourceOptions(parent=self, depends_on=waits_for),
            ).arn
        self.register_outputs({"zone_id": self.zone_id, "name_servers": self.name_servers})


@dataclass(frozen=True, kw_only=True)
class ExistingZoneArgs:
    """A zone by its id, and a certificate that exists or is to be issued."""

    domain: str
    zone_id: str
    certificate_arn: str | None = None
    """For the domain and `*.<domain>`; none: one is issued, for which the zone must be public."""


class ExistingZone(pulumi.ComponentResource):
    """A zone that was there before. Only the environment's own names are put into it."""

    zone_id: pulumi.Output[str]
    certificate_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: ExistingZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:ExistingZone", name, {}, opts)
        self.zone_id = pulumi.Output.from_input(args.zone_id)
        if args.certificate_arn:
            self.certificate_arn = pulumi.Output.from_input(args.certificate_arn)
        else:
            certificate = Certificate(
                f"{name}-certificate",
                CertificateArgs(domain=args.domain, zone_id=args.zone_id),
                pulumi.ResourceOptions(parent=self),
            )
            self.certificate_arn = certificate.arn
        self.register_outputs({"zone_id": self.zone_id, "certificate_arn": self.certificate_arn})
