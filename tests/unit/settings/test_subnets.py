"""Subnets by arithmetic: what holds for every network that an environment can have."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations, islice

import pytest

from infra.settings.subnets import FLOORS, LARGEST, SMALLEST, TIERS, planned

ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")


def _networks() -> Iterator[IPv4Network]:
    """Networks of every size, at the start and at odd places of private ranges."""
    for prefix in range(LARGEST, SMALLEST + 1):
        for private in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"):
            all_ = IPv4Network(private).subnets(new_prefix=prefix)
            yield from islice(all_, 0, 200, 37)


CASES = [(network, ZONES[:count]) for network in _networks() for count in (2, 3)]


@pytest.mark.parametrize(("network", "zones"), CASES, ids=str)
def test_every_zone_has_its_own_room_in_the_network(network: IPv4Network, zones: tuple[str, ...]) -> None:
    tiers = planned(network, zones)
    assert {tier: tuple(by_zone) for tier, by_zone in tiers.items()} == dict.fromkeys(TIERS, zones)
    subnets = [subnet for by_zone in tiers.values() for subnet in by_zone.values()]
    assert all(subnet.subnet_of(network) for subnet in subnets)
    assert [pair for pair in combinations(subnets, 2) if pair[0].overlaps(pair[1])] == []
    for tier, by_zone in tiers.items():
        assert len({subnet.prefixlen for subnet in by_zone.values()}) == 1
        assert all(subnet.prefixlen <= FLOORS[tier] for subnet in by_zone.values())


@pytest.mark.parametrize("network", [network for network, zones in CASES if len(zones) == 3], ids=str)
def test_pods_have_most_of_the_addresses_and_some_stay_free(network: IPv4Network) -> None:
    tiers = planned(network, ZONES)
    taken = {tier: sum(subnet.num_addresses for subnet in by_zone.values()) for tier, by_zone in tiers.items()}
    assert taken["private"] == network.num_addresses * 3 // 4
    assert network.num_addresses - sum(taken.values()) == network.num_addresses // 16


@pytest.mark.parametrize("network", [network for network, zones in CASES if len(zones) == 3], ids=str)
def test_a_third_zone_moves_nothing(network: IPv4Network) -> None:
    two, three = planned(network, ZONES[:2]), planned(network, ZONES)
    assert two == {tier: dict(islice(by_zone.items(), 2)) for tier, by_zone in three.items()}


@pytest.mark.parametrize("cidr", ["10.0.0.0/23", "10.0.0.0/28"])
def test_a_network_that_is_too_small_has_no_subnets(cidr: str) -> None:
    with pytest.raises(ValueError, match="too small"):
        planned(IPv4Network(cidr), ZONES)
