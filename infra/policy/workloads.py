"""What the captured objects say about pods, in the words that the rules need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.graph import Graph
from infra.graph.kubernetes import KubernetesObject, objects

LONG_RUNNING = ("Deployment", "StatefulSet", "DaemonSet")
Container = Mapping[str, Any]


@dataclass(frozen=True)
class Workload:
    """An object that makes pods."""

    item: KubernetesObject
    template: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.item.kind} {self.item.namespace}/{self.item.name}"

    @property
    def pod(self) -> Mapping[str, Any]:
        spec: Mapping[str, Any] = self.template["spec"]
        return spec

    @property
    def labels(self) -> Mapping[str, str]:
        labels: Mapping[str, str] = self.template["metadata"].get("labels", {})
        return labels

    @property
    def account(self) -> tuple[str | None, str]:
        """Namespace and name of its ServiceAccount."""
        return self.item.namespace, self.pod.get("serviceAccountName", "default")

    def is_selected(self, namespace: str | None, selector: Mapping[str, Any] | None) -> bool:
        """Whether an object of this namespace means this workload's pods by its selector."""
        return namespace == self.item.namespace and selects(selector, self.labels)

    @property
    def replicas(self) -> int:
        return int(self.item.manifest["spec"].get("replicas", 1))

    @property
    def containers(self) -> list[Container]:
        """All that run at any time in the pod's life."""
        return [*self.pod.get("initContainers", ()), *self.pod["containers"]]

    @property
    def long_running_containers(self) -> list[Container]:
        if self.item.kind not in LONG_RUNNING:
            return []
        sidecars = [c for c in self.pod.get("initContainers", ()) if c.get("restartPolicy") == "Always"]
        return [*sidecars, *self.pod["containers"]]


def workloads(graph: Graph) -> list[Workload]:
    """Every object that makes pods."""
    found = []
    for item in objects(graph):
        spec = item.manifest.get("spec", {})
        if item.kind == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if item.kind in (*LONG_RUNNING, "Job", "CronJob"):
            found.append(Workload(item, spec["template"]))
    return found


def of_kind(graph: Graph, kind: str) -> list[KubernetesObject]:
    """The objects of one kind."""
    return [item for item in objects(graph) if item.kind == kind]


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a selector of equal labels matches; one that is empty selects everything and so names nobody."""
    wanted = (selector or {}).get("matchLabels", {})
    return bool(wanted) and wanted.items() <= labels.items()


def references(pod: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """(kind, name, key) of every Secret, ConfigMap and volume claim that the pod can't start without."""
    for volume in pod.get("volumes", ()):
        yield from _of_volume(volume)
    for container in [*pod.get("initContainers", ()), *pod["containers"]]:
        for variable in container.get("env", ()):
            source = variable.get("valueFrom", {})
            for part, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if part in source:
                    yield kind, source[part]["name"], source[part]["key"]


def _of_volume(volume: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    if "persistentVolumeClaim" in volume:
        yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"], None
    for source in (volume, *volume.get("projected", {}).get("sources", ())):
        for part, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
            if part in source:
                files = source[part]
                name = files.get("secretName") or files["name"]
                yield kind, name, None
                yield from ((kind, name, entry["key"]) for entry in files.get("items", ()))
