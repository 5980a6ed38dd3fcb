"""Rules over addresses: what overlaps, what is too small, what lacks a way to AWS."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING

from infra.settings import subnets
from infra.settings.capabilities import EcrRegistry, ExistingVpc, RdsDatabase, Subnets, Vpc

if TYPE_CHECKING:
    from infra.settings.capabilities import AwsAccount, Network
    from infra.settings.environment import EnvironmentSettings
    from infra.settings.rules import Broken

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""RFC 1918, and the shared space of RFC 6598 that AWS takes for pods."""

_SERVICES = tuple(map(IPv4Network, ("10.100.0.0/16", "172.20.0.0/16")))
"""From which EKS takes the addresses of Services (EKS API reference, KubernetesNetworkConfigRequest)."""

_WITHOUT_NAT = ("ecr", "sts", "logs", "ec2", "eks", "eks-auth", "elasticloadbalancing")
"""What nodes, Pod Identity and load balancers ask AWS for (EKS user guide, "Private clusters")."""


def broken_network_rules(
    settings: "EnvironmentSettings", network: "Network", account: "AwsAccount"
) -> Iterator["Broken"]:
    """What no single key of a network can show to be wrong."""
    found = _existing(network, account) if isinstance(network, ExistingVpc) else _vpc(network, account)
    for path, message in (*found, *_closed(settings, network)):
        yield ("network", *path), message


def _vpc(network: Vpc, account: "AwsAccount") -> Iterator["Broken"]:
    whole = IPv4Network(network.cidr)
    zones = len(account.zones)
    if whole.prefixlen < subnets.LARGEST:
        yield ("cidr",), f"is too large: AWS takes a /{subnets.LARGEST} at most"
    elif whole.prefixlen > subnets.SMALLEST:
        yield ("cidr",), f"is too small for {zones} zones: must be a /{subnets.SMALLEST} or larger"
    if not any(whole.subnet_of(private) for private in _PRIVATE):
        yield ("cidr",), f"must lie in {', '.join(map(str, _PRIVATE))}: other addresses are somebody's on the internet"
    yield from _services(whole)
    for index, reserved in enumerate(network.reserved):
        if whole.overlaps(IPv4Network(reserved)):
            yield ("reserved", index), "overlaps `network.cidr`: what has an address in both is reached by neither"
    if network.subnets is not None:
        yield from _subnets(whole, network.subnets, account)
    for index, service in enumerate(network.endpoints):
        if service in network.endpoints[:index]:
            yield ("endpoints", index), "is already in this list"


def _services(whole: IPv4Network) -> Iterator["Broken"]:
    for services in _SERVICES:
        if whole.overlaps(services):
            yield ("cidr",), f"overlaps {services}, from which the cluster's Services have their addresses"


def _subnets(whole: IPv4Network, given: Subnets, account: "AwsAccount") -> Iterator["Broken"]:
    all_ = {
        ("subnets", tier, zone): cidr
        for tier in subnets.TIERS
        for zone, cidr in subnets.given(getattr(given, tier)).items()
    }
    for tier in subnets.TIERS:
        yield from _zones(("subnets", tier), getattr(given, tier), account)
    for path, cidr in all_.items():
        floor = subnets.FLOORS[path[1]]
        if not cidr.subnet_of(whole):
            yield path, "lies outside `network.cidr`"
        if cidr.prefixlen > floor:
            yield path, f"is too small: must be a /{floor} or larger"
    for (one, first), (other, second) in combinations(all_.items(), 2):
        if first.overlaps(second):
            yield other, f"overlaps `network.{'.'.join(one)}`"


def _closed(settings: "EnvironmentSettings", network: "Network") -> Iterator["Broken"]:
    """What a network without a way out must have within."""
    if isinstance(network, ExistingVpc) or network.nat != "none":
        return
    password = ("secretsmanager",) if isinstance(settings.database, RdsDatabase) else ()
    missing = [service for service in (*_WITHOUT_NAT, *password) if service not in network.endpoints]
    if missing:
        yield ("endpoints",), f"lacks {', '.join(missing)}: with `nat: none` there is no other way to them"
    registry = settings.registry
    if not isinstance(registry, EcrRegistry) or not registry.pull_through_cache:
        yield ("nat",), "leaves pods no way to their images: needs `registry` of kind `ecr` with a `pull_through_cache`"


def _existing(network: ExistingVpc, account: "AwsAccount") -> Iterator["Broken"]:
    yield from _services(IPv4Network(network.cidr))
    first: dict[str, str] = {}
    for key in ("public_subnet_ids", "private_subnet_ids", "intra_subnet_ids"):
        by_zone = getattr(network, key)
        if by_zone or key == "private_subnet_ids":
            yield from _zones((key,), by_zone, account)
        for zone, id_ in by_zone.items():
            if id_ in first:
                yield (key, zone), f"is the subnet of `network.{first[id_]}` too"
            first.setdefault(id_, f"{key}.{zone}")


def _zones(path: tuple[str, ...], by_zone: Mapping[str, str], account: "AwsAccount") -> Iterator["Broken"]:
    """Whether these are the account's zones, each of them."""
    for zone in by_zone:
        if zone not in account.zone_names:
            yield (*path, zone), f"is none of the account's zones ({', '.join(account.zone_names)})"
    for zone in account.zone_names:
        if zone not in by_zone:
            yield path, f"has no subnet in {zone}, one of `account.zones`"
