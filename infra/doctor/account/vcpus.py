"""vCPU quotas: what nodes of each class of instance types may have together, on demand and spot."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.catalog import instance_type, instance_types
from infra.doctor.account.quotas import quota
from infra.doctor.account.session import Account
from infra.doctor.model import Check, Verdict

_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
_STANDARD = "standard"
_ON_DEMAND = {
    _STANDARD: "L-1216C47A",
    "g": "L-DB2E81BA",
    "p": "L-417A185B",
    "inf": "L-1945791B",
    "trn": "L-2C3B7624",
    "dl": "L-6E869C2A",
    "f": "L-74FC7D96",
    "x": "L-7295265B",
    "hpc": "L-F7808C92",
    "u": "L-43DA4232",
}
_SPOT = {
    _STANDARD: "L-34B43A08",
    "g": "L-3819A6DF",
    "p": "L-7212CCBC",
    "p5": "L-C4BD4855",
    "inf": "L-B5D1601B",
    "trn": "L-6B0D517C",
    "dl": "L-85EED4F7",
    "f": "L-88CF9481",
    "x": "L-E3A00192",
}
_IN_FAMILY = re.compile(r"(?P<letters>[a-z]+)(?P<generation>\d*)")
_CLASSES = {"vt": "g", "gr": "g"}


@dataclass(frozen=True)
class Demand:
    """What one pool of nodes asks of one quota."""

    pool: str
    spot: bool
    klass: str
    least: float
    """vCPUs without which it has no node."""
    most: float
    """vCPUs that it may grow to."""


def ask(account: Account) -> Iterator[Check]:
    """Whether the first nodes can start, and whether the pools can grow to what they may."""
    demands = [*_groups(account), *_pools(account)]
    used: Mapping[tuple[bool, str], float] = _running(account) if demands else {}
    for spot, klass in dict.fromkeys((demand.spot, demand.klass) for demand in demands):
        code = (_SPOT if spot else _ON_DEMAND).get(klass)
        if code:
            mine = [demand for demand in demands if (demand.spot, demand.klass) == (spot, klass)]
            yield _judged(mine, used.get((spot, klass), 0), quota(account, "ec2", code), code)


def _judged(demands: list[Demand], used: float, limit: float, code: str) -> Check:
    first = demands[0]
    subject = f"vCPUs, {'spot' if first.spot else 'on demand'}, {first.klass}"
    least, most = sum(demand.least for demand in demands), sum(demand.most for demand in demands)
    pools = ", ".join(demand.pool for demand in demands)
    numbers = f"{pools}: {least:g} at first, {most:g} at most; {used:g} of {limit:g} in use"
    remedy = (
        f"aws service-quotas request-service-quota-increase --service-code ec2 --quota-code {code} "
        f"--desired-value {used + most:g}"
    )
    if least + used > limit:
        return Check("quotas", subject, Verdict.PROBLEM, numbers, remedy)
    if most + used > limit:
        return Check("quotas", subject, Verdict.WARNING, numbers, remedy)
    return Check("quotas", subject, Verdict.OK, numbers)


def quota_class(type_name: str, *, spot: bool = False) -> str:
    """The class of an instance type in AWS's quotas: `standard` (A, C, D, H, I, M, R, T, Z), or a letter of its own."""
    match = _IN_FAMILY.match(type_name)
    letters = match["letters"] if match else ""
    letters = _CLASSES.get(letters, letters)
    if spot and letters == "p" and match and match["generation"] == "5":
        return "p5"
    return letters if letters in _ON_DEMAND else _STANDARD


def _vcpus(type_name: str) -> int:
    known = instance_type(type_name)
    return known.vcpus if known else 0


def _groups(account: Account) -> Iterator[Demand]:
    for group in account.declared(_NODE_GROUP):
        types = group.inputs.get("instanceTypes") or ["t3.medium"]
        scaling = group.inputs.get("scalingConfig") or {}
        spot = group.inputs.get("capacityType") == "SPOT"
        if group.inputs.get("capacityType") == "CAPACITY_BLOCK":
            continue
        first = scaling.get("desiredSize", scaling.get("minSize", 0))
        each = _vcpus(types[0])
        yield Demand(
            group.name,
            spot,
            quota_class(types[0], spot=spot),
            float(first) * each,
            float(scaling.get("maxSize", first)) * each,
        )


def _pools(account: Account) -> Iterator[Demand]:
    for pool in account.declared(_NODE_POOL):
        spec = pool.inputs["spec"]
        wanted = {
            item["key"]: item.get("values") or []
            for item in spec["template"]["spec"].get("requirements") or []
            if item.get("operator") == "In"
        }
        capacity = wanted.get("karpenter.sh/capacity-type", ["on-demand"])
        if "on-demand" not in capacity and "spot" not in capacity:
            continue
        spot = "on-demand" not in capacity
        types = _types(wanted)
        smallest = min((_vcpus(name) for name in types), default=2)
        klass = quota_class(types[0], spot=spot) if types else _STANDARD
        limit = float((spec.get("limits") or {}).get("cpu") or smallest)
        yield Demand(pool.inputs["metadata"]["name"], spot, klass, smallest, limit)


def _types(wanted: Mapping[str, list[str]]) -> list[str]:
    """Instance types that a pool may start; nothing where it leaves them all to EKS."""
    named = next((values for key, values in wanted.items() if key.endswith("/instance-type")), [])
    families = next((values for key, values in wanted.items() if key.endswith("/instance-family")), [])
    return [*named, *(name for name in instance_types() if name.partition(".")[0] in families)]


def _running(account: Account) -> Mapping[tuple[bool, str], float]:
    """vCPUs in use by others than this environment's clusters, by kind of purchase and class."""
    clusters = {resource.inputs.get("name") for resource in account.declared("aws:eks/cluster:Cluster")}
    found: Counter[tuple[bool, str]] = Counter()
    states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    for reservation in account.pages("ec2", "describe_instances", "Reservations", Filters=states):
        for instance in reservation["Instances"]:
            if not _cluster_of(instance) & clusters:
                spot = instance.get("InstanceLifecycle") == "spot"
                key = (spot, quota_class(instance["InstanceType"], spot=spot))
                found[key] += _vcpus(instance["InstanceType"])
    return found


def _cluster_of(instance: Mapping[str, Any]) -> set[Any]:
    return {
        tag["Value"] for tag in instance.get("Tags") or () if tag["Key"] in ("eks:cluster-name", "aws:eks:cluster-name")
    }
