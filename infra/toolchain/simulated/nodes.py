"""The simulated nodes: general ones and GPU ones, spread over three zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ZONES = ("local-a", "local-b", "local-c")
GPU = "nvidia.com/gpu"
GPU_TAINT: Mapping[str, str] = {"key": GPU, "value": "present", "effect": "NoSchedule"}
_GENERAL_PER_ZONE = 2


def objects(machines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The default StorageClass and these nodes, as Kubernetes objects."""
    text = Path(__file__).with_name("objects.yaml").read_text()
    return [*yaml.safe_load_all(text), *machines]


def nodes() -> list[dict[str, Any]]:
    """Two general nodes a zone (16 CPUs, 64 GiB) and one GPU node a zone (32 CPUs, 128 GiB, 4 GPUs, tainted)."""
    general = [
        node(f"general-{zone[-1]}{number}", Machine("simulated", 16_000, 64 * 1024), zone, region="local")
        for zone in ZONES
        for number in range(1, _GENERAL_PER_ZONE + 1)
    ]
    gpu = Machine("simulated-gpu", 32_000, 128 * 1024, gpus=4, taints=(GPU_TAINT,))
    return [*general, *(node(f"gpu-{zone[-1]}1", gpu, zone, region="local") for zone in ZONES)]


@dataclass(frozen=True)
class Machine:
    """What the nodes of one pool are: what pods may use of them, and what marks them."""

    instance_type: str
    millicores: int
    mebibytes: int
    gpus: int = 0
    architecture: str = "amd64"
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()


def node(name: str, machine: Machine, zone: str, *, region: str) -> dict[str, Any]:
    """One node of this kind in this zone."""
    capacity = {
        "cpu": f"{machine.millicores}m",
        "memory": f"{machine.mebibytes}Mi",
        "pods": "110",
        "ephemeral-storage": "200Gi",
    }
    if machine.gpus:
        capacity[GPU] = str(machine.gpus)
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": machine.architecture,
        "node.kubernetes.io/instance-type": machine.instance_type,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
        **machine.labels,
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "spec": {"taints": [dict(taint) for taint in machine.taints]},
        "status": {"capacity": capacity, "allocatable": capacity},
    }
