"""What the pods of a graph ask of nodes, and how many nodes they fill."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.catalog import InstanceType
from infra.cost.view import Index

_LASTING = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")
_ON_EVERY_NODE = "kubernetes:apps/v1:DaemonSet"
_UNITS = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


@dataclass(frozen=True, slots=True)
class Room:
    """Cores and GiB: what a pod asks for, or what a node has for pods."""

    cpu: float
    memory: float

    def __add__(self, other: "Room") -> "Room":
        return Room(self.cpu + other.cpu, self.memory + other.memory)

    def __sub__(self, other: "Room") -> "Room":
        return Room(self.cpu - other.cpu, self.memory - other.memory)

    def holds(self, other: "Room") -> bool:
        """Whether the other fits in."""
        return self.cpu >= other.cpu and self.memory >= other.memory


NOTHING = Room(0, 0)


def lasting(index: Index) -> list[Room]:
    """What each pod of the Deployments and StatefulSets asks for. Jobs come and go; they are not counted."""
    return [
        request(workload.inputs["spec"]["template"]["spec"])
        for type_ in _LASTING
        for workload in index.of_type(type_)
        for _ in range(int(workload.inputs["spec"].get("replicas", 1)))
    ]


def on_every_node(index: Index) -> Room:
    """What the DaemonSets ask for on each node together."""
    requests = (request(daemon.inputs["spec"]["template"]["spec"]) for daemon in index.of_type(_ON_EVERY_NODE))
    return sum(requests, NOTHING)


def most_replicas(index: Index) -> int:
    """The highest number of replicas that are to be spread over nodes."""
    spread = (
        int(workload.inputs["spec"].get("replicas", 1))
        for type_ in _LASTING
        for workload in index.of_type(type_)
        if workload.inputs["spec"]["template"]["spec"].get("topologySpreadConstraints")
    )
    return max(spread, default=1)


def request(pod: Mapping[str, Any]) -> Room:
    """What a pod asks for: its containers and sidecars together, or its largest init container."""
    inits = pod.get("initContainers") or ()
    together = [*(pod.get("containers") or ()), *(c for c in inits if c.get("restartPolicy") == "Always")]
    running = sum((_container(c) for c in together), NOTHING)
    starting = [_container(c) for c in inits]
    return Room(
        max([running.cpu, *(room.cpu for room in starting)]), max([running.memory, *(room.memory for room in starting)])
    )


def usable(type_: InstanceType) -> Room:
    """What a node has for pods."""
    return Room(type_.pod_millicores / 1000, type_.pod_mebibytes / 1024)


def nodes(pods: Sequence[Room], each: Room, at_least: int = 1) -> int | None:
    """How many nodes the pods fill, the largest packed first; none: a pod fits no node of this size."""
    if any(not each.holds(pod) for pod in pods):
        return None
    free = [each] * at_least
    for pod in sorted(pods, key=lambda pod: max(pod.cpu / each.cpu, pod.memory / each.memory), reverse=True):
        number = next(_fitting(free, pod), None)
        if number is None:
            free.append(each - pod)
        else:
            free[number] = free[number] - pod
    return len(free)


def _fitting(free: Iterable[Room], pod: Room) -> Iterator[int]:
    return (number for number, room in enumerate(free) if room.holds(pod))


def _container(container: Mapping[str, Any]) -> Room:
    resources = container.get("resources") or {}
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return Room(quantity(asked.get("cpu", "0")), quantity(asked.get("memory", "0")) / 2**30)


def quantity(text: Any) -> float:
    """The number that a Kubernetes quantity stands for: `500m` is 0.5, `2Gi` is 2147483648."""
    found = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(text))
    return float(found[1]) * _UNITS[found[2]] if found and found[2] in _UNITS else 0
