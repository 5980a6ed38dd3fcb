"""Names and the load balancer behind them: settings → components."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.network import Peer
from infra.build.platform import Platform
from infra.settings import EnvironmentSettings
from infra.settings.capabilities import Dns, Route53Dns

if TYPE_CHECKING:
    from components import dns
    from components.access import WebService
    from components.cluster import AwsCluster
    from components.vpc import Network

_BINDINGS = {"auto_mode": "eks.amazonaws.com/v1", "aws_load_balancer_controller": "elbv2.k8s.aws/v1beta1"}


def visitors(settings: EnvironmentSettings, network: "Network | None") -> tuple[Peer, ...]:
    """From where the load balancer's requests reach the pods of services; nobody where there is none."""
    if settings.dns is None or network is None:
        return ()
    cidrs = network.public_cidrs if settings.dns.load_balancer.scheme == "internet" else network.intra_cidrs
    return tuple(Peer(cidr=cidr) for cidr in cidrs)


def declare(
    platform: Platform, network: "Network | None", cluster: "AwsCluster | None", services: Mapping[str, "WebService"]
) -> None:
    """The domain, and the load balancer under whose names people reach the services."""
    settings = platform.settings.dns
    if settings is None or network is None or cluster is None:
        return
    domain = _domain(settings, platform)
    if domain.certificate_arn is None:
        return
    from components import load_balancer

    account = platform.aws
    public = settings.load_balancer.scheme == "internet"
    hosts = {"tracking": [host for host in platform.settings.tracking_hosts if settings.covers(host)]}
    balancer = load_balancer.LoadBalancer(
        "load-balancer",
        load_balancer.LoadBalancerArgs(
            label=account.name,
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids if public else network.intra_subnet_ids,
            internal=not public,
            allowed=settings.load_balancer.allowed_addresses or (network.cidr,),
            certificate_arn=domain.certificate_arn,
            zone_id=domain.zone_id,
            cluster=cluster.name,
            cluster_security_group_id=cluster.security_group_id,
            binding_api=_BINDINGS[settings.load_balancer.controller],
            routes={
                name: load_balancer.RouteArgs(hosts=hosts[name], service=service) for name, service in services.items()
            },
        ),
        pulumi.ResourceOptions(providers=[o.provider for o in (account.opts, platform.opts) if o.provider]),
    )
    pulumi.export("load_balancer", balancer.dns_name)


def _domain(settings: Dns, platform: Platform) -> "dns.Domain":
    from components import dns

    account = platform.aws
    if isinstance(settings, Route53Dns):
        zone = dns.PublicZone(
            "dns",
            dns.PublicZoneArgs(
                domain=settings.domain,
                parent_zone_id=settings.parent_zone_id,
                delegated=settings.delegated,
                protect=account.protect,
            ),
            account.opts,
        )
        pulumi.export("dns_name_servers", zone.name_servers)
        return zone
    return dns.ExistingZone(
        "dns",
        dns.ExistingZoneArgs(
            domain=settings.domain, zone_id=settings.zone_id, certificate_arn=settings.certificate_arn
        ),
        account.opts,
    )
