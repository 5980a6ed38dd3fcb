"""What differs between two graphs."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from infra.engines.base import Action, Change
from infra.engines.differences import differing
from infra.graph.model import MASK, Graph, Resource, Secret
from infra.graph.secrecy import bare, masked

_SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 - a type
_ADDED_TO_PROVIDERS = frozenset({"kubeconfig", "version"})


def diff(old: Graph, new: Graph) -> list[Change]:
    """A change for every resource of either graph: those of `new` in its order, then what is gone, last first.

    Secrets are compared where both graphs know them and never shown. Two stacks of the same program compare too:
    resources are paired by type, parents and name. What an engine decides only when it talks to the provider, such as
    a replacement for a field that can't change, is an update here; a Kubernetes object under another name is replaced.
    """
    before = {_key(resource): resource for resource in old if resource.custom}
    components = top_components(old) | top_components(new)
    secrets_known = not any(_hides(r.inputs) for graph in (old, new) for r in graph)
    changes = []
    for resource in new:
        if resource.custom:
            known = before.pop(_key(resource), None)
            changes.append(_change(known, resource, components, secrets_known))
    gone = reversed(before.values())
    return [*changes, *(_of(Action.DELETE, resource, components) for resource in gone)]


def top_components(graph: Graph) -> dict[str, str]:
    """URN → the name of the outermost component that the resource belongs to (its own, if none)."""
    tops: dict[str, str] = {}
    parents = {resource.urn: resource.parent for resource in graph}
    names = {resource.urn: resource.name for resource in graph}
    for urn in names:
        top = urn
        while (parent := parents.get(top)) and parent in names:
            top = parent
        tops[urn] = names[top]
    return tops


def _change(old: Resource | None, new: Resource, components: Mapping[str, str], secrets_known: bool) -> Change:
    if old is None:
        return _of(Action.CREATE, new, components)
    inputs = _comparable(old, new)
    if not secrets_known:
        inputs = masked(inputs[0]), masked(inputs[1])
    paths = tuple(differing(*inputs))
    if not paths:
        return _of(Action.UNCHANGED, new, components)
    renamed = new.type.startswith("kubernetes:") and {"metadata.name", "metadata.namespace"} & set(paths)
    return _of(Action.REPLACE if renamed else Action.UPDATE, new, components, paths)


def _comparable(old: Resource, new: Resource) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Both inputs, without what only an engine's provider adds to what a program says."""
    if new.type.startswith("pulumi:providers:"):
        return _without(old.inputs, _ADDED_TO_PROVIDERS), _without(new.inputs, _ADDED_TO_PROVIDERS)
    if new.type == _SECRET and ("stringData" in old.inputs) != ("stringData" in new.inputs):
        return _encoded(old.inputs), _encoded(new.inputs)
    return old.inputs, new.inputs


def _without(inputs: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in inputs.items() if key not in keys}


def _encoded(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A Secret's inputs as the provider keeps them: all texts under `data`, in base64."""
    texts = bare(inputs.get("stringData"))
    if not isinstance(texts, Mapping):
        return dict(inputs)
    encoded = {key: b64encode(str(text).encode()).decode() for key, text in texts.items()}
    data = bare(inputs.get("data"))
    whole = {**(data if isinstance(data, Mapping) else {}), **encoded}
    return {**_without(inputs, frozenset({"stringData"})), "data": Secret(whole)}


def _of(action: Action, resource: Resource, components: Mapping[str, str], paths: tuple[str, ...] = ()) -> Change:
    return Change(action, resource.type, resource.name, components[resource.urn], resource.urn, paths)


def _key(resource: Resource) -> tuple[str, str]:
    """The URN without the stack."""
    _, _, qualified, name = resource.urn.split("::", 3)
    return qualified, name


def _hides(value: Any) -> bool:
    """Whether a secret's own value is unknown."""
    if isinstance(value, Secret):
        return bool(value.value == MASK)
    if isinstance(value, Mapping):
        return any(_hides(item) for item in value.values())
    return isinstance(value, list) and any(_hides(item) for item in value)
