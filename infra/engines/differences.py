"""Which fields of an object would change."""

from collections.abc import Iterator, Mapping
from typing import Any

_SERVERS_OWN = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})


def changed_paths(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Dotted paths in which two states of one object differ, without what the server keeps for itself. No values."""
    return tuple(differing(_ours(before), _ours(after), ""))


def _ours(manifest: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in _SERVERS_OWN}
    return {**{key: value for key, value in manifest.items() if key != "status"}, "metadata": metadata}


def differing(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Dotted paths in which two plain values differ. Nothing and empty are the same to an API server."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from differing(before.get(key), after.get(key), _join(path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differing(old, new, f"{path}[{index}]")
    elif before != after and not (_empty(before) and _empty(after)):
        yield path


def _empty(value: Any) -> bool:
    return value is None or value in ({}, [], "")


def _join(path: str, key: str) -> str:
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
