"""Taking an environment away: what goes, data first, and waiting until it is gone."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.engines.base import Action, Event, OnEvent
from infra.engines.cluster import Cluster
from infra.engines.manifests import MANAGED_BY, Declared, Ownership, key_of, title
from infra.engines.planning import Step, undeclared
from infra.engines.record import is_record
from infra.engines.releases import Releases
from infra.engines.volumes import Volumes

_TIMEOUT = 300.0


class Removal:
    """Everything that an environment has in a cluster, looked up when it is made.

    `steps` lists it: volumes, then objects, then namespaces. Helm's uninstall comes between that and `finish`.
    """

    def __init__(self, cluster: Cluster, ownership: Ownership, items: Sequence[Declared], releases: Releases) -> None:
        self._cluster = cluster
        self._ownership = ownership
        manifests = {item.key: item.manifest for item in items}
        manifests.update({key_of(manifest): manifest for manifest in releases.installed()})
        self._known = {item.key: item for item in items}
        self._objects = [
            live for live in cluster.each(cluster.get, manifests.values()) if live and ownership.owns(live)
        ]
        self._namespaces = self._find_namespaces()
        names = [namespace["metadata"]["name"] for namespace in self._namespaces]
        found = cluster.each(lambda name: cluster.items(cluster.address("v1", "persistentvolumeclaims", name)), names)
        claims = [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim} for some in found for claim in some]
        self._claims = claims
        self._declared_namespaces = {m["metadata"].get("namespace") for m in manifests.values()} | set(names)

    @property
    def steps(self) -> list[Step]:
        """What goes, what holds data first."""
        claims = {key_of(claim) for claim in self._claims}
        spaces = {key_of(namespace) for namespace in self._namespaces}
        others = [live for live in self._objects if key_of(live) not in claims | spaces]
        others.sort(key=is_record)
        return [self._deletion(live) for live in [*self._claims, *others, *self._namespaces]]

    def _deletion(self, live: Mapping[str, Any]) -> Step:
        known = self._known.get(key_of(live))
        item = Declared(live, known.component, known.type, known.urn) if known else undeclared(live)
        return Step(Action.DELETE, item, live=live)

    def _find_namespaces(self) -> list[dict[str, Any]]:
        """The system namespace last: the mark and Helm's own record in it tell a later run how to go on."""
        found = self._cluster.items("/api/v1/namespaces", labelSelector=f"{MANAGED_BY}=Helm")
        owned = [{"apiVersion": "v1", "kind": "Namespace", **live} for live in found if self._ownership.owns(live)]
        return sorted(owned, key=lambda live: live["metadata"]["name"] == self._ownership.namespace)

    def finish(self, on_event: OnEvent) -> str:
        """Deletes what Helm leaves, and waits until all is gone; says what stays, if anything does."""
        volumes = Volumes(self._cluster, self._declared_namespaces)
        volumes.release()
        for live in [*self._claims, *self._objects]:
            if not is_record(live) and not self._is_system(live):
                self._cluster.delete(self._cluster.path(live))
        for namespace in self._namespaces:
            if not self._is_system(namespace):
                self._cluster.delete(self._cluster.path(namespace))
        if left := self._wait([n for n in self._namespaces if not self._is_system(n)], on_event):
            return left
        if left := volumes.wait(on_event):
            return left
        system = [namespace for namespace in self._namespaces if self._is_system(namespace)]
        for namespace in system:
            self._cluster.delete(self._cluster.path(namespace))
        return self._wait(system, on_event)

    def _is_system(self, live: Mapping[str, Any]) -> bool:
        return live["kind"] == "Namespace" and bool(live["metadata"]["name"] == self._ownership.namespace)

    def _wait(self, namespaces: Sequence[Mapping[str, Any]], on_event: OnEvent) -> str:
        deadline = time.monotonic() + _TIMEOUT
        told = -1
        while left := [live for live in self._cluster.each(self._cluster.get, namespaces) if live]:
            if time.monotonic() > deadline:
                return "\n".join(line for live in left for line in _held_by(live))
            if len(left) != told:
                told = len(left)
                message = f"{title(left[0])} is being emptied"
                on_event(Event("namespaces", message, len(namespaces) - told, len(namespaces)))
            time.sleep(0.2)
        return ""


def _held_by(namespace: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {title(namespace)}"
    for condition in namespace.get("status", {}).get("conditions") or []:
        if condition["status"] == "True" and condition.get("message"):
            yield f"    {condition['message']}"
