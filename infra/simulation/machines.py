"""The nodes that a graph declares: node groups of EKS, node pools of its Auto Mode, or the usual simulated ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from infra.catalog import instance_family, instance_type
from infra.errors import UserError
from infra.graph.kubernetes import objects
from infra.graph.model import Graph, Resource
from infra.graph.secrecy import bare
from infra.toolchain.simulated.nodes import GPU, Machine, node, nodes

_GROUP, _CLUSTER, _SUBNET = "aws:eks/nodeGroup:NodeGroup", "aws:eks/cluster:Cluster", "aws:ec2/subnet:Subnet"
_POOL = "NodePool"
_SIZE = "4xlarge"
_GENERAL = f"m7i.{_SIZE}"
"""What stands for a pool that leaves its instance types to Auto Mode."""
_PER_ZONE = 2
"""Nodes of a pool that grows on demand, in each zone."""
_ZONE, _TYPE = "topology.kubernetes.io/zone", "node.kubernetes.io/instance-type"
_FAMILIES = ("eks.amazonaws.com/instance-family", "karpenter.k8s.aws/instance-family")
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True)
class Machines:
    """Nodes for a simulated control plane."""

    nodes: Sequence[Mapping[str, Any]]
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each kind of node and zone, for a person."""
        return tuple(f"{len(list(same))} x {line}" for line, same in groupby(sorted(map(_described, self.nodes))))


def machines(graph: Graph) -> Machines:
    """The nodes that the graph's pools begin with, or grow to by themselves."""
    groups, pools = list(_of_groups(graph)), list(_of_pools(graph))
    if not groups and not pools:
        return Machines(nodes())
    growing = f"node pools that grow on demand were given {_PER_ZONE} nodes a zone"
    return Machines([*groups, *pools], (growing,) if pools else ())


def _described(item: Mapping[str, Any]) -> str:
    labels, capacity = item["metadata"]["labels"], item["status"]["capacity"]
    cores = int(capacity["cpu"].removesuffix("m")) / 1000
    memory = int(capacity["memory"].removesuffix("Mi")) / 1024
    gpus = f", {capacity[GPU]} GPUs" if GPU in capacity else ""
    return f"{labels[_TYPE]} in {labels[_ZONE]}: {cores:.1f} cores, {memory:.1f} GiB for pods{gpus}"


def _of_groups(graph: Graph) -> Iterator[dict[str, Any]]:
    """As many nodes as a group wants, one after the other over the zones of its subnets."""
    zones = {r.outputs.get("id"): r.inputs["availabilityZone"] for r in graph if r.type == _SUBNET}
    for group in graph:
        if group.type != _GROUP:
            continue
        inputs = bare(group.inputs)
        spread = sorted(zones.get(subnet, subnet) for subnet in inputs["subnetIds"])
        scaling = inputs["scalingConfig"]
        taints = tuple(
            {"key": t["key"], "value": t.get("value", ""), "effect": _EFFECTS.get(t["effect"], t["effect"])}
            for t in inputs.get("taints") or []
        )
        machine = _machine((inputs.get("instanceTypes") or [_GENERAL])[0], inputs.get("labels") or {}, taints)
        for number in range(int(scaling.get("desiredSize", scaling["minSize"]))):
            zone = spread[number % len(spread)]
            yield node(f"{group.name}-{number + 1}", machine, zone, region=zone.rstrip("abcdef"))


def _of_pools(graph: Graph) -> Iterator[dict[str, Any]]:
    """Nodes of the pools that Auto Mode fills on demand, its built-in ones among them."""
    zones = sorted({r.inputs["availabilityZone"] for r in graph if r.type == _SUBNET}) or ["zone-a", "zone-b"]
    for cluster in graph:
        if cluster.type == _CLUSTER and "general-purpose" in _built_in(cluster):
            yield from _grown("general-purpose", _machine(_GENERAL, {}, ()), zones)
    for item in objects(graph):
        if item.kind == _POOL:
            template = item.manifest["spec"]["template"]
            spec = template["spec"]
            wanted = {one["key"]: one.get("values") or [] for one in spec.get("requirements") or []}
            labels = (template.get("metadata") or {}).get("labels") or {}
            machine = _machine(_typical(wanted), labels, tuple(spec.get("taints") or ()))
            yield from _grown(item.name, machine, wanted.get(_ZONE) or zones)


def _built_in(cluster: Resource) -> Sequence[str]:
    return (bare(cluster.inputs).get("computeConfig") or {}).get("nodePools") or ()


def _grown(pool: str, machine: Machine, zones: Sequence[str]) -> Iterator[dict[str, Any]]:
    for zone in zones:
        for number in range(_PER_ZONE):
            yield node(f"{pool}-{zone}-{number + 1}", machine, zone, region=zone.rstrip("abcdef"))


def _typical(wanted: Mapping[str, Sequence[str]]) -> str:
    """The type named first; of families, the first one's in a middling size."""
    named = [name for name in wanted.get(_TYPE, ()) if instance_type(name)]
    families = [family for key in _FAMILIES for family in wanted.get(key, ()) if instance_family(family)]
    of_families = [f"{family}.{_SIZE}" for family in families if instance_type(f"{family}.{_SIZE}")]
    return next(iter([*named, *of_families, *(instance_family(family)[0].name for family in families)]), _GENERAL)


def _machine(name: str, labels: Mapping[str, str], taints: tuple[Mapping[str, str], ...]) -> Machine:
    """What pods get of a node of this type."""
    type_ = instance_type(name)
    if type_ is None:
        raise UserError(f"the catalog knows no instance type `{name}`, so no node of it can be simulated")
    return Machine(
        type_.name,
        millicores=type_.pod_millicores,
        mebibytes=type_.pod_mebibytes,
        gpus=type_.gpus,
        architecture=_ARCHITECTURES[type_.architecture],
        labels=labels,
        taints=taints,
    )
