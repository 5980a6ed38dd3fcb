"""Fields that a person added to an object with kubectl: nobody declared them, and no apply of ours takes them away."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.engines.cluster import FIELD_MANAGER

_HANDS = "kubectl"
_NO_DRIFT = "kubectl-rollout"
"""`kubectl rollout restart` only notes its time, and means no other state."""


def added_by_hand(live: Mapping[str, Any]) -> tuple[str, ...]:
    """Dotted paths of what kubectl set and our last apply does not know. Labels and annotations are anyone's."""
    ours = _ours(live)
    found = {path for entry in _hands(live) for path in _leaves(_foreign(entry), ours, "")}
    return tuple(sorted(found))


def taken_over(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The object's managed fields with those of the hand as ours: our next apply, without them, removes them."""
    ours = _ours(live)
    for entry in _hands(live):
        ours = _merged(ours, _foreign(entry))
    kept = []
    for entry in live["metadata"]["managedFields"]:
        if _is_ours(entry):
            kept.append({**entry, "fieldsV1": ours})
        elif not _is_hand(entry):
            kept.append(entry)
        elif "f:metadata" in entry["fieldsV1"]:
            kept.append({**entry, "fieldsV1": {"f:metadata": entry["fieldsV1"]["f:metadata"]}})
    return kept


def _ours(live: Mapping[str, Any]) -> dict[str, Any]:
    entries = live["metadata"].get("managedFields") or []
    return next((dict(entry["fieldsV1"]) for entry in entries if _is_ours(entry)), {})


def _hands(live: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [entry for entry in live["metadata"].get("managedFields") or [] if _is_hand(entry)]


def _is_ours(entry: Mapping[str, Any]) -> bool:
    return bool(entry["manager"] == FIELD_MANAGER and entry["operation"] == "Apply" and not entry.get("subresource"))


def _is_hand(entry: Mapping[str, Any]) -> bool:
    manager = str(entry["manager"])
    return manager.startswith(_HANDS) and manager != _NO_DRIFT and not entry.get("subresource")


def _foreign(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry["fieldsV1"].items() if key not in ("f:metadata", "f:status")}


def _leaves(tree: Mapping[str, Any], ours: Mapping[str, Any], path: str) -> Iterator[str]:
    for key, below in tree.items():
        if key == ".":
            continue
        known = ours.get(key)
        if known is None:
            yield path + _step(key, path)
        elif known and below:
            yield from _leaves(below, known, path + _step(key, path))


def _step(key: str, path: str) -> str:
    """One step of a path: `f:name` is a field, `k:{...}` an element by its keys, `v:...` one by its value."""
    kind, _, text = key.partition(":")
    if kind == "k":
        return "[" + ",".join(f"{name}={value}" for name, value in json.loads(text).items()) + "]"
    if kind != "f" or "." in text or "/" in text:
        return f"[{text}]"
    return f".{text}" if path else text


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        both[key] = _merged(both.get(key) or {}, value)
    return both
