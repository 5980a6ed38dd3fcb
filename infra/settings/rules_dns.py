"""Rules over names and who may come in by them."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from infra.settings.capabilities import AwsAccount, EksCluster, ExistingVpc, NodeGroupsCompute
from infra.settings.capabilities.dns import Dns, ExistingZoneDns, LoadBalancer, Route53Dns

if TYPE_CHECKING:
    from infra.settings.environment import EnvironmentSettings
    from infra.settings.rules import Broken

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")))


def broken_dns_rules(settings: "EnvironmentSettings", dns: Dns, account: AwsAccount) -> Iterator["Broken"]:
    """What no single key about names can show to be wrong."""
    if isinstance(dns, Route53Dns) and dns.parent_zone_id and not dns.delegated:
        yield ("dns", "delegated"), "has no meaning beside `parent_zone_id`, which delegates the domain"
    if isinstance(dns, ExistingZoneDns) and dns.certificate_arn:
        _, _, _, region, owner, _ = dns.certificate_arn.split(":", 5)
        if (region, owner) != (account.region, account.id):
            yield ("dns", "certificate_arn"), "is of another account or region: a load balancer takes none from there"
    hosts = settings.tracking.hosts
    if hosts and not any(map(dns.covers, hosts)):
        yield ("tracking", "hosts"), f"has no name that `dns` is for: `{dns.domain}`, or one label below it"
    yield from _load_balancer(dns.load_balancer, settings)


def _load_balancer(balancer: LoadBalancer, settings: "EnvironmentSettings") -> Iterator["Broken"]:
    path = ("dns", "load_balancer")
    network = settings.network
    if balancer.scheme == "internet":
        if not balancer.allowed_addresses:
            yield (*path, "allowed_addresses"), "must name who may connect from the internet"
        if isinstance(network, ExistingVpc) and not network.public_subnet_ids:
            yield (*path, "scheme"), "needs `network.public_subnet_ids`"
    cluster = settings.cluster
    in_groups = isinstance(cluster, EksCluster) and isinstance(cluster.compute, NodeGroupsCompute)
    if in_groups and balancer.controller == "auto_mode":
        yield (
            (*path, "controller"),
            "is that of EKS Auto Mode, and the nodes are in groups: install the AWS Load Balancer Controller, and say "
            "`aws_load_balancer_controller`",
        )
    for index, text in enumerate(balancer.allowed_addresses):
        cidr = IPv4Network(text)
        if cidr.prefixlen == 0:
            yield (*path, "allowed_addresses", index), "is the whole internet: name the addresses of your own networks"
        elif balancer.scheme == "internet" and any(cidr.subnet_of(private) for private in _PRIVATE):
            yield (*path, "allowed_addresses", index), "is private: nobody comes from there over the internet"
        elif text in balancer.allowed_addresses[:index]:
            yield (*path, "allowed_addresses", index), "is already in this list"
