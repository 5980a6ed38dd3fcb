"""What a run would change, asked of the API server itself: a dry run of the very apply that Helm will do."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.engines.base import Action, Change
from infra.engines.by_hand import added_by_hand
from infra.engines.cluster import ApiError, Cluster
from infra.engines.differences import changed_paths
from infra.engines.manifests import Declared, Ownership, key_of, title
from infra.errors import UserError


@dataclass(frozen=True)
class Step:
    """What happens to one object. `live` is what the cluster has now."""

    action: Action
    item: Declared
    paths: tuple[str, ...] = ()
    live: Mapping[str, Any] | None = field(default=None, repr=False)
    refusal: str = ""
    """Why the cluster would not take it."""

    @property
    def change(self) -> Change:
        return Change(
            action=self.action,
            type=self.item.type,
            name=title(self.item.manifest).partition(" ")[2],
            component=self.item.component,
            urn=self.item.urn,
            paths=self.paths,
            note=self.note,
        )

    @property
    def loses_data(self) -> bool:
        """Whether a volume goes with it."""
        return self.item.manifest["kind"] == "PersistentVolumeClaim" and self.action in (Action.DELETE, Action.REPLACE)

    @property
    def note(self) -> str:
        """What a person must know before agreeing."""
        kind = self.item.manifest["kind"]
        if self.loses_data:
            return f"its data is lost ({volume_size(self.live or self.item.manifest)})"
        if self.action is Action.REPLACE:
            kept = "; its volumes are kept" if kind == "StatefulSet" else ""
            return f"can't be changed in place: it stops and starts anew{kept}"
        return ""


def volume_size(claim: Mapping[str, Any]) -> str:
    """The size of a volume, as the cluster granted it or as it was asked for."""
    granted = claim.get("status", {}).get("capacity", {}).get("storage")
    asked: str = claim["spec"]["resources"]["requests"]["storage"]
    return granted or asked


class Planner:
    """Compares what is declared with what is there. It only reads and dry-runs."""

    def __init__(self, cluster: Cluster, ownership: Ownership) -> None:
        self._cluster = cluster
        self._ownership = ownership
        self._absent: frozenset[str] = frozenset()
        self._own_kinds: frozenset[tuple[str, str]] = frozenset()

    def plan(self, items: Sequence[Declared], installed: Iterable[Mapping[str, Any]]) -> list[Step]:
        """A step for every declared object, then the deletion of what was installed and is declared no more.

        Raises `UserError` with everything that the cluster would refuse.
        """
        self._prepare(items)
        steps = self._cluster.each(self._step, items)
        _refuse([step for step in steps if step.refusal])
        kept = {item.key for item in items}
        gone = {key_of(manifest): manifest for manifest in installed if key_of(manifest) not in kept}
        return steps + [step for step in self._cluster.each(self._deletion, gone.values()) if step]

    def drift(self, items: Sequence[Declared]) -> list[Step]:
        """What was changed or deleted by hand since it was installed."""
        self._prepare(items)
        return self._cluster.each(self._drifted, items)

    def _prepare(self, items: Sequence[Declared]) -> None:
        self._cluster.learn(item.manifest["apiVersion"] for item in items)
        wanted = sorted({item.manifest["metadata"].get("namespace") or "" for item in items} - {""})
        present = self._cluster.each(lambda name: self._cluster.read(f"/api/v1/namespaces/{name}"), wanted)
        self._absent = frozenset(
            name
            for name, live in zip(wanted, present, strict=True)
            if live is None or live["metadata"].get("deletionTimestamp")
        )
        self._own_kinds = frozenset(
            (item.manifest["spec"]["group"], item.manifest["spec"]["names"]["kind"])
            for item in items
            if item.manifest["kind"] == "CustomResourceDefinition"
        )

    def _step(self, item: Declared) -> Step:
        manifest = item.manifest
        try:
            live = self._cluster.read(self._cluster.path(manifest))
        except ApiError as error:
            declared_here = (manifest["apiVersion"].rpartition("/")[0], manifest["kind"]) in self._own_kinds
            return Step(Action.CREATE, item, refusal="" if declared_here else str(error))
        if live is None or live["metadata"].get("deletionTimestamp"):
            return self._creation(item)
        if not self._ownership.owns(live):
            return Step(
                Action.UPDATE, item, live=live, refusal="exists already and does not belong to this environment"
            )
        return self._update(item, live)

    def _creation(self, item: Declared) -> Step:
        namespace = item.manifest["metadata"].get("namespace")
        trial = self._stand_in(item.manifest, "default") if namespace in self._absent else item.manifest
        return Step(Action.CREATE, item, refusal=self._try(trial))

    def _update(self, item: Declared, live: Mapping[str, Any]) -> Step:
        try:
            after = self._cluster.apply(item.manifest, dry_run=True)
        except ApiError as error:
            # What the server takes under another name is sound: then it only refuses to change it in place.
            namespace = item.manifest["metadata"].get("namespace")
            if error.reason == "Invalid" and not self._try(self._stand_in(item.manifest, namespace)):
                return Step(Action.REPLACE, item, paths=error.fields, live=live)
            return Step(Action.UPDATE, item, live=live, refusal=_words(item.manifest, error))
        paths = changed_paths(live, after) + added_by_hand(after)
        return Step(Action.UPDATE if paths else Action.UNCHANGED, item, paths=paths, live=live)

    def _try(self, manifest: Mapping[str, Any]) -> str:
        try:
            self._cluster.apply(manifest, dry_run=True)
        except ApiError as error:
            return _words(manifest, error)
        return ""

    def _stand_in(self, manifest: Mapping[str, Any], namespace: str | None) -> dict[str, Any]:
        """The same object under a name that nothing has, where it can be tried."""
        digest = hashlib.sha256(repr(key_of(manifest)).encode()).hexdigest()[:16]
        metadata = {**manifest["metadata"], "name": f"groundwork-trial-{digest}"}
        if namespace:
            metadata["namespace"] = namespace
        return {**manifest, "metadata": metadata}

    def _deletion(self, manifest: Mapping[str, Any]) -> Step | None:
        live = self._cluster.get(manifest)
        if live is None or live["metadata"].get("deletionTimestamp") or not self._ownership.owns(live):
            return None
        return Step(Action.DELETE, undeclared(manifest), live=live)

    def _drifted(self, item: Declared) -> Step:
        live = self._cluster.get(item.manifest)
        if live is None or live["metadata"].get("deletionTimestamp"):
            return Step(Action.DELETE, item)
        try:
            after = self._cluster.apply(item.manifest, dry_run=True)
        except ApiError as error:
            return Step(Action.UPDATE, item, paths=error.fields, live=live)
        paths = changed_paths(live, after) + added_by_hand(after)
        return Step(Action.UPDATE if paths else Action.UNCHANGED, item, paths=paths, live=live)


def undeclared(manifest: Mapping[str, Any]) -> Declared:
    """An object that the graph does not declare."""
    labels = manifest["metadata"].get("labels") or {}
    component = labels.get("app.kubernetes.io/name") or manifest["metadata"].get("namespace") or "cluster"
    version = manifest["apiVersion"] if "/" in manifest["apiVersion"] else f"core/{manifest['apiVersion']}"
    return Declared(manifest, component, f"kubernetes:{version}:{manifest['kind']}")


def _words(manifest: Mapping[str, Any], error: ApiError) -> str:
    if manifest["kind"] == "Secret":
        # The server quotes the values that it refuses.
        return f"{error.reason or error.status} {', '.join(error.fields)}".strip()
    return str(error)


def _refuse(refused: Sequence[Step]) -> None:
    if refused:
        lines = "\n".join(f"  {step.item}: {step.refusal}" for step in refused)
        raise UserError(f"the cluster refuses {len(refused)} objects; nothing was changed:\n{lines}")
