"""What clusters and their nodes cost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.catalog import InstanceType, eks_versions, instance_type, instance_types
from infra.cost import pods
from infra.cost.model import HOURS, Gap, Line
from infra.cost.prices import Price
from infra.cost.view import Index, View, number

CLUSTER = "aws:eks/cluster:Cluster"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
_NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
_GENERAL = {"amd64": ("c6a", "m6a", "r6a"), "arm64": ("c7g", "m7g", "r7g")}
"""What Auto Mode is taken to start in a pool that leaves the choice: the cheapest common families."""
_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")
_DISK = 80
"""GB of a node's disk where nothing is said (https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html)."""
_GROUP_DISK = 20
"""GB, likewise of a managed node group without a launch template."""


def cluster(view: View) -> Iterator[Line | Gap]:
    """An EKS control plane; with Auto Mode and without node pools of its own, the nodes that its pods fill."""
    yield view.hours("control plane", 1, "eks_hour")
    yield from _support(view)
    if (view.inputs.get("computeConfig") or {}).get("enabled") and not view.index.of_type(NODE_POOL):
        yield from _filled(view, _typical(_GENERAL["amd64"]), _DISK)


def elsewhere(index: Index) -> Iterator[Gap]:
    """What is said of pods whose nodes the stack doesn't declare: the cluster is somebody else's."""
    asked = [] if index.of_type(CLUSTER) else pods.lasting(index)
    if asked:
        total = sum(asked, pods.NOTHING)
        yield Gap(
            f"the cluster is not in this stack: what {len(asked)} pods of {total.cpu:.1f} cores and {total.memory:.1f} "
            "GiB take of its nodes is not in the sum"
        )


def _support(view: View) -> Iterator[Line | Gap]:
    version = str(view.inputs.get("version"))
    window = eks_versions().get(version)
    extended = (view.inputs.get("upgradePolicy") or {}).get("supportType", "EXTENDED") == "EXTENDED"
    if window is None:
        yield Gap(f"{view.resource.name}: the catalog doesn't know until when Kubernetes {version} is supported")
    elif view.on > window.standard_until and extended:
        yield view.hours(f"extended support of Kubernetes {version}", 1, "eks_extended_support_hour")
    elif view.on <= window.standard_until and extended:
        yield Gap(f"{view.resource.name}: after {window.standard_until} extended support costs 365.00 more")


def node_group(view: View) -> Iterator[Line | Gap]:
    """A managed node group at the size it starts with; a GPU group that starts from none by the hours assumed."""
    types = view.inputs.get("instanceTypes") or ["t3.medium"]
    sizes = view.inputs.get("scalingConfig") or {}
    count = number(sizes.get("desiredSize", sizes.get("minSize")))
    known = instance_type(types[0])
    if count == 0 and known and known.gpus:
        yield from _gpu_node(view, types[0], _group_disk(view), auto=False)
    elif count:
        yield from _group_nodes(view, types[0], count)
    if len(types) > 1:
        yield Gap(f"{view.resource.name}: the first of {len(types)} instance types is priced, {types[0]}")
    if view.inputs.get("capacityType") == "SPOT":
        yield Gap(f"{view.resource.name}: spot nodes are priced on demand; they cost less")
    if view.inputs.get("capacityType") == "CAPACITY_BLOCK":
        yield Gap(f"{view.resource.name}: a Capacity Block is paid for beforehand; it is priced on demand here")


def _group_nodes(view: View, type_name: str, count: float) -> Iterator[Line | Gap]:
    price = view.prices.instance(type_name)
    if price is None:
        yield Gap(f"{view.resource.name}: no price is known of {type_name} in {view.prices.region}")
    else:
        yield view.hours(type_name, count, price)
    yield view.line("disks of nodes", count * _group_disk(view), "GB", "ebs_gp3_gb")


def _group_disk(view: View) -> float:
    template = view.index.with_id(
        "aws:ec2/launchTemplate:LaunchTemplate", (view.inputs.get("launchTemplate") or {}).get("id")
    )
    if template is None:
        return number(view.inputs.get("diskSize"), _GROUP_DISK)
    disks = template.inputs.get("blockDeviceMappings") or ()
    return sum(number((disk.get("ebs") or {}).get("volumeSize")) for disk in disks)


def node_pool(view: View) -> Iterator[Line | Gap]:
    """A node pool of Auto Mode. It has no fixed size: a GPU pool costs by the hours assumed; of the others the first
    takes all pods, packed onto the cheapest type that it may start."""
    spec = view.inputs["spec"]["template"]["spec"]
    wanted = _Wanted.of(spec.get("requirements") or ())
    disk = _pool_disk(view, spec)
    types = [name for name in wanted.types() if view.prices.instance(name)]
    if wanted.reserved:
        yield Gap(f"{view.resource.name}: reserved capacity is paid for apart, and not in the sum")
    elif not types:
        yield Gap(f"{view.resource.name}: no price is known of any of its instance types in {view.prices.region}")
    elif _tainted(view.inputs):
        yield from _gpu_node(view, min(types, key=lambda name: _usd(view, name)), disk, auto=True)
    elif view.resource is _first_general(view):
        yield from _filled(view, types, disk)
    if wanted.spot:
        yield Gap(f"{view.resource.name}: spot nodes are priced on demand; they cost less")


def _tainted(pool: Mapping[str, Any]) -> bool:
    return bool(pool["spec"]["template"]["spec"].get("taints"))


def _first_general(view: View) -> object:
    return next((pool for pool in view.index.of_type(NODE_POOL) if not _tainted(pool.inputs)), None)


def _pool_disk(view: View, spec: Mapping[str, Any]) -> float:
    name = (spec.get("nodeClassRef") or {}).get("name")
    for node_class in view.index.of_type(_NODE_CLASS):
        if node_class.inputs["metadata"]["name"] == name:
            storage = node_class.inputs["spec"].get("ephemeralStorage") or {}
            return pods.quantity(storage.get("size", f"{_DISK}Gi")) / 2**30
    return _DISK


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What a node pool's requirements leave to choose from."""

    names: tuple[str, ...]
    families: tuple[str, ...]
    architecture: str
    capacity: tuple[str, ...]

    @classmethod
    def of(cls, requirements: Iterable[Mapping[str, Any]]) -> "_Wanted":
        values = {item["key"]: tuple(item.get("values") or ()) for item in requirements if item["operator"] == "In"}
        return cls(
            names=values.get("node.kubernetes.io/instance-type", ()),
            families=values.get(
                "eks.amazonaws.com/instance-family", values.get("karpenter.k8s.aws/instance-family", ())
            ),
            architecture=next(iter(values.get("kubernetes.io/arch", ())), "amd64"),
            capacity=values.get("karpenter.sh/capacity-type", ()),
        )

    @property
    def reserved(self) -> bool:
        return self.capacity == ("reserved",)

    @property
    def spot(self) -> bool:
        return self.capacity == ("spot",)

    def types(self) -> list[str]:
        if self.names:
            return list(self.names)
        if self.families:
            return [name for name in instance_types() if name.partition(".")[0] in self.families]
        return _typical(_GENERAL[self.architecture])


def _typical(families: Sequence[str]) -> list[str]:
    return [f"{family}.{size}" for family in families for size in _SIZES]


def _filled(view: View, types: Sequence[str], disk: float) -> Iterator[Line | Gap]:
    """The nodes that the graph's pods fill, of the type that makes them cheapest."""
    asked, daemons = pods.lasting(view.index), pods.on_every_node(view.index)
    at_least = min(view.index.zones, pods.most_replicas(view.index))
    options = [
        (count * _usd(view, name), count, name)
        for name in types
        if (known := instance_type(name)) and (count := _count(known, asked, daemons, at_least))
    ]
    if not options:
        yield Gap(f"{view.resource.name}: some pod fits on none of its instance types, so no node is in the sum")
        return
    _, count, name = min(options)
    yield from _auto_nodes(view, name, count, HOURS, disk)
    total = sum(asked, pods.NOTHING)
    yield Gap(
        f"{view.resource.name}: Auto Mode has no fixed number of nodes; {count} x {name} is what {len(asked)} pods of "
        f"{total.cpu:.1f} cores and {total.memory:.1f} GiB fill, without Jobs and what teams add"
    )


def _count(type_: InstanceType, asked: Sequence[pods.Room], daemons: pods.Room, at_least: int) -> int | None:
    return pods.nodes(asked, pods.usable(type_) - daemons, at_least)


def _usd(view: View, type_name: str) -> float:
    price = view.prices.instance(type_name)
    return price.usd if price else float("inf")


def _gpu_node(view: View, type_name: str, disk: float, *, auto: bool) -> Iterator[Line | Gap]:
    hours = view.usage.of("gpu_hours", view.resource.name)
    if not hours:
        return
    if auto:
        yield from _auto_nodes(view, type_name, 1, hours, disk)
        return
    price = view.prices.instance(type_name)
    if price is None:
        yield Gap(f"{view.resource.name}: no price is known of {type_name} in {view.prices.region}")
        return
    yield view.line(type_name, hours, "h", price)
    yield view.line("disk of the node", disk * hours / HOURS, "GB", "ebs_gp3_gb")


def _auto_nodes(view: View, type_name: str, count: int, hours: float, disk: float) -> Iterator[Line]:
    price = view.prices.instance(type_name)
    if price is None:
        return
    counted = type_name if count == 1 else f"{count} x {type_name}"
    yield view.line(counted, count * hours, "h", price)
    yield view.line("Auto Mode", count * hours, "h", _fee(view, price))
    yield view.line("disks of nodes", count * disk * hours / HOURS, "GB", "ebs_gp3_gb")


def _fee(view: View, price: Price) -> Price:
    return view.prices.of("eks_auto_mode_share").times(price.usd)
