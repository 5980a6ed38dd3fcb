"""The addresses of a network on AWS, by arithmetic from one range."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network

LARGEST, SMALLEST = 16, 22
"""Prefix lengths of a network. AWS takes nothing larger than the first (VPC user guide, "VPC CIDR blocks"); in
anything smaller than the second, subnets are below their floors."""

TIERS = ("public", "private", "intra")
FLOORS = {"public": 27, "private": 24, "intra": 27}
"""The longest prefix that a subnet may have. Each pod takes an address of its own; a load balancer wants 8 to grow
(ELB user guide), and each endpoint, database and control plane some of intra's."""

_SLOTS = 3


def planned(cidr: IPv4Network, zones: Sequence[str]) -> dict[str, dict[str, IPv4Network]]:
    """Each zone's subnets, by tier and zone. Raises `ValueError` for a range smaller than `SMALLEST`.

    Private subnets are a quarter of the network each. The last quarter has eight parts: public subnets take the first
    three, intra ones the three from the middle on; one part of either half stays free. What a zone has depends on its
    place in the list alone, so that a third zone moves nothing.
    """
    if cidr.prefixlen > SMALLEST or len(zones) > _SLOTS:
        raise ValueError(f"{cidr} is too small for subnets in {len(zones)} zones")
    quarters = list(cidr.subnets(prefixlen_diff=2))
    parts = list(quarters[_SLOTS].subnets(prefixlen_diff=3))
    return {
        "public": dict(zip(zones, parts[:4], strict=False)),
        "private": dict(zip(zones, quarters, strict=False)),
        "intra": dict(zip(zones, parts[4:], strict=False)),
    }


def given(by_zone: Mapping[str, str]) -> dict[str, IPv4Network]:
    """Subnets that settings write out, by zone."""
    return {zone: IPv4Network(cidr) for zone, cidr in by_zone.items()}
