"""An API server in memory: enough of one for what the engines ask."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.engines.cluster import ApiError, Cluster, Target
from infra.engines.manifests import Ownership

OWNERSHIP = Ownership("groundwork-demo", "demo-system")

_KINDS = {
    "/api/v1": {
        "Namespace": ("namespaces", False),
        "ConfigMap": ("configmaps", True),
        "Secret": ("secrets", True),
        "Service": ("services", True),
        "Pod": ("pods", True),
        "Event": ("events", True),
        "PersistentVolume": ("persistentvolumes", False),
        "PersistentVolumeClaim": ("persistentvolumeclaims", True),
    },
    "/apis/apps/v1": {"Deployment": ("deployments", True), "StatefulSet": ("statefulsets", True)},
}

Admission = Callable[[Mapping[str, Any], Mapping[str, Any] | None], None]


class FakeApi(Cluster):
    """Objects by address. `admit` may refuse an apply by raising `ApiError`; `logs` answers for pods."""

    def __init__(self) -> None:
        super().__init__(Target("simulated"), Path("kubectl"))
        self.objects: dict[str, dict[str, Any]] = {}
        self.logs = ""
        self.admit: Admission = lambda wanted, live: None
        self.written: list[str] = []

    def __enter__(self) -> "FakeApi":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def put(self, manifest: Mapping[str, Any]) -> None:
        """An object that is there."""
        self.objects[self.path(manifest)] = copy.deepcopy(dict(manifest))

    def request(
        self, method: str, path: str, body: Any = None, *, content: str = "application/json", timeout: float = 0
    ) -> Any:
        url = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if method == "GET":
            return self._get(url.path, query)
        if "dryRun" not in query:
            self.written.append(f"{method} {url.path}")
        if method == "DELETE":
            return self.objects.pop(url.path, None)
        if content.startswith("application/apply"):
            return self._apply(url.path, body, dry_run="dryRun" in query)
        self.objects[url.path] = merged(self.objects[url.path], body)
        return self.objects[url.path]

    def _get(self, path: str, query: Mapping[str, str]) -> Any:
        if path in _KINDS:
            kinds = _KINDS[path].items()
            return {"resources": [{"kind": k, "name": name, "namespaced": spaced} for k, (name, spaced) in kinds]}
        if path.endswith("/log"):
            return self.logs
        if path in self.objects:
            return copy.deepcopy(self.objects[path])
        if path.rpartition("/")[2] in {name for kinds in _KINDS.values() for name, _ in kinds.values()}:
            return {"items": [item for at, item in self.objects.items() if self._listed(path, at, item, query)]}
        raise ApiError(404, "NotFound", f"{path} not found")

    def _listed(self, path: str, at: str, item: Mapping[str, Any], query: Mapping[str, str]) -> bool:
        labels = item["metadata"].get("labels") or {}
        wanted = dict(pair.split("=") for pair in query.get("labelSelector", "").split(",") if pair)
        name = query.get("fieldSelector", "").partition("metadata.name=")[2]
        inside = at.rpartition("/")[0]
        everywhere = "/namespaces/" not in path and inside.endswith(path.removeprefix("/api/v1"))
        return (
            (inside == path or everywhere)
            and wanted.items() <= labels.items()
            and name in ("", item["metadata"]["name"])
        )

    def _apply(self, path: str, body: Mapping[str, Any], *, dry_run: bool) -> Any:
        namespace = body["metadata"].get("namespace")
        if namespace and namespace != "default" and f"/api/v1/namespaces/{namespace}" not in self.objects:
            raise ApiError(404, "NotFound", f'namespaces "{namespace}" not found')
        live = self.objects.get(path)
        self.admit(body, live)
        result = merged(live or {}, body)
        if not dry_run:
            self.objects[path] = result
        return result


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        lower = both.get(key)
        both[key] = merged(lower, value) if isinstance(lower, Mapping) and isinstance(value, Mapping) else value
    return both


def manifest(kind: str, name: str, namespace: str | None = "demo-app", **rest: Any) -> dict[str, Any]:
    """An object that belongs to the environment `demo`."""
    version = "apps/v1" if kind in ("Deployment", "StatefulSet") else "v1"
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **rest.pop("metadata", {})}
    return OWNERSHIP.mark({"apiVersion": version, "kind": kind, "metadata": metadata, **rest})


def space(name: str) -> dict[str, Any]:
    return manifest("Namespace", name, None)
