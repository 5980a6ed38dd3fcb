"""What goes when a stack is destroyed."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.engines.automation.interrupted import interrupted_resources
from infra.engines.automation.names import component, holds_data, short_name, title
from infra.engines.base import Action, Change
from infra.engines.cluster import Cluster
from infra.engines.planning import volume_size
from infra.settings import EnvironmentSettings

_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_NAMESPACE = "kubernetes:core/v1:Namespace"


def keeps_volumes(settings: EnvironmentSettings, deployment: Mapping[str, Any]) -> bool:
    """Whether volumes outlive their claims: where the account's protection is on, or was when they were made."""
    protected = settings.account is not None and settings.account.protection == "on"
    classes = (resource for resource in _resources(deployment) if resource["type"] == _CLASS)
    return protected or any((made.get("inputs") or {}).get("reclaimPolicy") == "Retain" for made in classes)


def removal(deployment: Mapping[str, Any], cluster: Cluster, *, volumes_stay: bool = False) -> tuple[Change, ...]:
    """Every object of the deployment: volumes first, then what works with them, namespaces last."""
    resources = [r for r in [*_resources(deployment), *interrupted_resources(deployment)] if _counts(r)]
    parents = {r["urn"]: r.get("parent") for r in deployment.get("resources") or []}
    owners = {title(r["urn"], r["inputs"]): component(r["urn"], parents) for r in resources if r["type"] == _CLAIM}
    claims = [
        Change(
            Action.DELETE,
            _CLAIM,
            name,
            owners.get(name, namespace),
            note=f"its volume stays ({volume_size(claim)})"
            if volumes_stay
            else f"its data is lost ({volume_size(claim)})",
        )
        for namespace in sorted(namespaces(deployment))
        for claim in cluster.items(cluster.address("v1", "persistentvolumeclaims", namespace))
        for name in [f"{namespace}/{claim['metadata']['name']}"]
    ]
    others = [r for r in reversed(resources) if r["type"] not in (_CLAIM, _NAMESPACE)]
    last = [r for r in reversed(resources) if r["type"] == _NAMESPACE]
    kept = staying(deployment)
    return (*claims, *(_fate(resource, parents, kept) for resource in [*others, *last]))


def staying(deployment: Mapping[str, Any]) -> dict[str, str]:
    """URN → why it stays: it is protected, or something protected needs it (`destroy --exclude-protected`)."""
    resources = {r["urn"]: r for r in _resources(deployment)}
    kept = {urn: "protected" for urn, resource in resources.items() if resource.get("protect")}
    waiting = list(kept)
    while waiting:
        urn = waiting.pop()
        for needed in _needs(resources[urn]):
            if needed in resources and needed not in kept:
                kept[needed] = f"{short_name(urn)} needs it"
                waiting.append(needed)
    return kept


def _needs(resource: Mapping[str, Any]) -> Iterator[str]:
    yield from resource.get("dependencies") or []
    for urns in (resource.get("propertyDependencies") or {}).values():
        yield from urns or []
    yield from filter(None, (resource.get("parent"), (resource.get("provider") or "").rpartition("::")[0]))


def namespaces(deployment: Mapping[str, Any]) -> frozenset[str]:
    """The namespaces that the stack made: what is in them goes with them."""
    found = [*_resources(deployment), *interrupted_resources(deployment)]
    return frozenset(r["inputs"]["metadata"]["name"] for r in found if r["type"] == _NAMESPACE)


def _resources(deployment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # Marked for deletion: the old half of a replacement that was cut short, of the same name as the new one.
    return [resource for resource in deployment.get("resources") or [] if not resource.get("delete")]


def _counts(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("custom")) and not resource["type"].startswith("pulumi:")


def _fate(resource: Mapping[str, Any], parents: Mapping[str, str | None], kept: Mapping[str, str]) -> Change:
    urn, type_ = resource["urn"], resource["type"]
    notes = {True: f"stays: {kept.get(urn)}", False: "leaves the stack, stays in the account"}
    retained = bool(resource.get("retainOnDelete"))
    data = "its data is lost" if holds_data(type_) and not retained else ""
    return Change(
        Action.UNCHANGED if urn in kept else Action.DELETE,
        type_,
        title(urn, resource.get("inputs") or {}),
        component(urn, {**parents, urn: resource.get("parent")}),
        urn,
        note=notes[urn in kept] if urn in kept or retained else data,
    )
