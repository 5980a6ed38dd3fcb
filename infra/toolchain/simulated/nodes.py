"""The simulated nodes: general ones and GPU ones, spread over three zones."""

from pathlib import Path
from typing import Any

import yaml

ZONES = ("local-a", "local-b", "local-c")
GPU = "nvidia.com/gpu"
_GENERAL_PER_ZONE = 2


def objects() -> list[dict[str, Any]]:
    """The nodes and the default StorageClass, as Kubernetes objects."""
    text = Path(__file__).with_name("objects.yaml").read_text()
    return [*yaml.safe_load_all(text), *nodes()]


def nodes() -> list[dict[str, Any]]:
    """Two general nodes a zone (16 CPUs, 64 GiB) and one GPU node a zone (32 CPUs, 128 GiB, 4 GPUs, tainted)."""
    general = [
        _node(f"general-{zone[-1]}{number}", zone, cpu=16, memory=64)
        for zone in ZONES
        for number in range(1, _GENERAL_PER_ZONE + 1)
    ]
    return [*general, *(_node(f"gpu-{zone[-1]}1", zone, cpu=32, memory=128, gpus=4) for zone in ZONES)]


def _node(name: str, zone: str, *, cpu: int, memory: int, gpus: int = 0) -> dict[str, Any]:
    capacity = {"cpu": str(cpu), "memory": f"{memory}Gi", "pods": "110", "ephemeral-storage": "200Gi"}
    if gpus:
        capacity[GPU] = str(gpus)
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": "simulated-gpu" if gpus else "simulated",
        "topology.kubernetes.io/region": "local",
        "topology.kubernetes.io/zone": zone,
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "spec": {"taints": [{"key": GPU, "value": "present", "effect": "NoSchedule"}] if gpus else []},
        "status": {"capacity": capacity, "allocatable": capacity},
    }
