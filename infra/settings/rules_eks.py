"""Rules across the keys of a cluster on EKS."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING

from infra.catalog import eks_addons, instance_type
from infra.settings.capabilities.eks import AutoCompute, AutoPool, EksCluster, NodeGroup
from infra.settings.machines import wrong_instance_family, wrong_instance_type

if TYPE_CHECKING:
    from infra.settings.capabilities import AwsAccount
    from infra.settings.rules import Broken

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")))
_RESERVED = ("default", "general-purpose", "system")
"""Names of AWS's own pools and classes in Auto Mode."""
_IMAGES = {"x86_64": "amd64", "arm64": "arm64"}
"""The architecture of a node's images by that of its machine, as EC2 names it."""


def broken_eks_rules(cluster: EksCluster, account: "AwsAccount") -> Iterator["Broken"]:
    """What no single key of a cluster on EKS can show to be wrong."""
    for path, message in _within(cluster, account):
        yield ("cluster", *path), message


def _within(cluster: EksCluster, account: "AwsAccount") -> Iterator["Broken"]:
    if cluster.version is not None and cluster.version not in eks_addons():
        yield ("version",), f"is no version of the catalog; known: {', '.join(eks_addons())}"
    yield from _principals(cluster, account)
    yield from _public(cluster.public_access)
    if isinstance(cluster.compute, AutoCompute):
        yield from _pools(("compute", "pools"), cluster.compute.pools, account)
        for index, pool in enumerate(cluster.compute.pools):
            for path, message in _auto_pool(pool, account):
                yield ("compute", "pools", index, *path), message
    else:
        yield from _pools(("compute", "groups"), cluster.compute.groups, account)
        for index, group in enumerate(cluster.compute.groups):
            for path, message in _group(group, account):
                yield ("compute", "groups", index, *path), message


def _principals(cluster: EksCluster, account: "AwsAccount") -> Iterator["Broken"]:
    named: dict[tuple[str | int, ...], str] = {("deployer",): cluster.deployer}
    for key in ("admins", "operators", "viewers"):
        named |= {(key, index): arn for index, arn in enumerate(getattr(cluster, key))}
    first: dict[str, str] = {}
    for path, arn in named.items():
        if arn.split(":")[4] != account.id:
            yield path, "is of another account than `account.id`"
        if arn in first:
            yield path, f"has its rights already, by `{first[arn]}`; EKS takes one entry for a role"
        first.setdefault(arn, ".".join(map(str, path[:1])))


def _public(ranges: Sequence[str]) -> Iterator["Broken"]:
    for index, text in enumerate(ranges):
        network = ip_network(text)
        if not isinstance(network, IPv4Network):
            yield ("public_access", index), "must be of IPv4: the API server has no other public addresses"
        elif network.prefixlen == 0:
            yield ("public_access", index), "is the whole internet: name the addresses of your own networks"
        elif any(network.subnet_of(private) for private in _PRIVATE):
            yield ("public_access", index), "is private: from such addresses the API server is reached in its network"


def _pools(path: tuple[str, ...], pools: Sequence[AutoPool | NodeGroup], account: "AwsAccount") -> Iterator["Broken"]:
    names = [pool.name for pool in pools]
    for index, pool in enumerate(pools):
        if pool.name in names[:index]:
            yield (*path, index, "name"), "is the name of another one in this list"
        for zone_index, zone in enumerate(pool.zones):
            if zone not in account.zones:
                yield (*path, index, "zones", zone_index), f"is none of `account.zones` ({', '.join(account.zones)})"
        reserved = pool.capacity in ("reserved", "capacity_block")
        if reserved and pool.capacity_reservation is None:
            yield (*path, index, "capacity"), "needs `capacity_reservation`: what was reserved"
        if not reserved and pool.capacity_reservation is not None:
            yield (*path, index, "capacity_reservation"), f"has no meaning with `capacity: {pool.capacity}`"
    if all(pool.gpu for pool in pools):
        yield path, "must have one without `gpu`: the platform's own services run there"


def _auto_pool(pool: AutoPool, account: "AwsAccount") -> Iterator["Broken"]:
    for index, name in enumerate(pool.instance_types):
        wrong = _wrong_type(name, account, gpu=pool.gpu, architecture=pool.architecture)
        if wrong:
            yield ("instance_types", index), wrong
    for index, family in enumerate(pool.families):
        wrong = wrong_instance_family(family, account.region, gpus=pool.gpu, architecture=_machine(pool.architecture))
        if wrong:
            yield ("families", index), wrong
    if pool.name in _RESERVED:
        yield ("name",), "is the name of a pool of AWS's own"
    if pool.instance_types and pool.families:
        yield ("families",), "has no meaning beside `instance_types`"
    if pool.gpu and not pool.instance_types and not pool.families:
        yield ("gpu",), "needs `families` or `instance_types`: which GPUs"


def _group(group: NodeGroup, account: "AwsAccount") -> Iterator["Broken"]:
    architecture = _architecture(group.instance_types[0])
    for index, name in enumerate(group.instance_types):
        wrong = _wrong_type(name, account, gpu=group.gpu, architecture=architecture)
        if wrong:
            yield ("instance_types", index), wrong
    if group.capacity == "capacity_block":
        if len(group.instance_types) > 1:
            yield ("instance_types",), "must be one: a Capacity Block is of one instance type"
        if len(group.zones) != 1:
            yield ("zones",), "must be one: a Capacity Block is in one zone"
    if group.max < group.min:
        yield ("max",), "is less than `min`"


def _wrong_type(name: str, account: "AwsAccount", *, gpu: bool, architecture: str) -> str | None:
    wrong = wrong_instance_type(name, account.region, gpus=gpu, architecture=_machine(architecture))
    type_ = instance_type(name)
    if wrong is None and type_ is not None and type_.gpus and not gpu:
        return "has GPUs that anything could take the place of: say `gpu: true`"
    return wrong


def _architecture(name: str) -> str:
    type_ = instance_type(name)
    return _IMAGES[type_.architecture] if type_ else "amd64"


def _machine(architecture: str) -> str:
    return next(machine for machine, image in _IMAGES.items() if image == architecture)
