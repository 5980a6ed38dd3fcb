"""The nodes that a graph declares: node groups of EKS, node pools of its Auto Mode, or the usual simulated ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from infra.graph.model import Graph
from infra.toolchain.simulated.nodes import GPU, nodes

_GROUP = "aws:eks/nodeGroup:NodeGroup"
_CLUSTER = "aws:eks/cluster:Cluster"
_POOL = ("karpenter.sh", "NodePool")


@dataclass(frozen=True)
class Machines:
    """Nodes for a simulated control plane."""

    nodes: Sequence[Mapping[str, Any]]
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each pool and zone, for a person."""
        described = sorted((self._described(item), item["metadata"]["name"]) for item in self.nodes)
        return tuple(f"{len(list(same))} x {line}" for line, same in groupby(described, key=lambda pair: pair[0]))

    @staticmethod
    def _described(item: Mapping[str, Any]) -> str:
        labels, capacity = item["metadata"]["labels"], item["status"]["capacity"]
        cores = int(capacity["cpu"].removesuffix("m")) / 1000
        memory = int(capacity["memory"].removesuffix("Mi")) / 1024
        gpus = f", {capacity[GPU]} GPUs" if GPU in capacity else ""
        kind, zone = labels["node.kubernetes.io/instance-type"], labels["topology.kubernetes.io/zone"]
        return f"{kind} in {zone}: {cores:g} cores, {memory:.1f} GiB for pods{gpus}"


def machines(graph: Graph) -> Machines:
    """The nodes that the graph's pools start with."""
    return Machines(nodes())
