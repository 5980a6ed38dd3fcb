"""The volumes that were made for an environment's claims, and how they go with it."""

import time
from collections.abc import Collection, Mapping
from typing import Any

from infra.engines.base import Event, OnEvent
from infra.engines.cluster import Cluster

_TIMEOUT = 300.0
_GRACE = 20.0
"""Seconds that a provisioner gets to delete a volume, before the object is deleted for it."""
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


class Volumes:
    """Volumes of claims in these namespaces. Those that a person made by hand are not among them."""

    def __init__(self, cluster: Cluster, namespaces: Collection[str | None]) -> None:
        self._cluster = cluster
        self._namespaces = frozenset(namespaces)

    def release(self) -> None:
        """Has every volume deleted along with its claim."""
        for volume in self._present():
            if volume["spec"].get("persistentVolumeReclaimPolicy") == "Retain":
                self._cluster.merge(_address(volume), {"spec": {"persistentVolumeReclaimPolicy": "Delete"}})

    def wait(self, on_event: OnEvent) -> str:
        """Until they are gone; says which stay, if any do."""
        deadline, grace = time.monotonic() + _TIMEOUT, time.monotonic() + _GRACE
        deleted = False
        while left := self._present():
            on_event(Event("volumes", f"{len(left)} volumes are being deleted"))
            failed = all(volume.get("status", {}).get("phase") == "Failed" for volume in left)
            if not deleted and (failed or time.monotonic() > grace):
                deleted = True
                for volume in left:
                    self._cluster.delete(_address(volume))
            if time.monotonic() > deadline:
                return "\n".join(f"  PersistentVolume {volume['metadata']['name']}" for volume in left)
            time.sleep(0.2)
        return ""

    def _present(self) -> list[dict[str, Any]]:
        return [
            volume
            for volume in self._cluster.items("/api/v1/persistentvolumes")
            if _PROVISIONED_BY in (volume["metadata"].get("annotations") or {})
            and (volume["spec"].get("claimRef") or {}).get("namespace") in self._namespaces
        ]


def _address(volume: Mapping[str, Any]) -> str:
    return f"/api/v1/persistentvolumes/{volume['metadata']['name']}"
