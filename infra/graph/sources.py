"""Graphs from what the Pulumi CLI prints: a preview, or a stack's exported state.

The formats are Pulumi's own: `PreviewDigest` (pkg/display) and `DeploymentV3` (sdk/go/common/apitype).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.errors import UserError
from infra.graph.export import from_json, unmasked
from infra.graph.model import MASK, Graph, Resource, Secret

# Signature keys of Pulumi's wire and state formats (sdk/go/common/resource/sig).
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a type's mark
_STACK = "pulumi:pulumi:Stack"
_GOING = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "read-discard", "remove-pending-replace"}
)


def read(text: str, source: str) -> Graph:
    """The graph in a JSON text of any of the three sources. `source` names the text in errors."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UserError(f"{source} is not JSON: {error}") from None
    if isinstance(data, Mapping) and "deployment" in data:
        return from_state(data, source)
    if isinstance(data, Mapping) and ("steps" in data or "changeSummary" in data):
        return from_preview_json(data, source)
    return from_json(data, source)


def from_preview_json(data: Mapping[str, Any], source: str = "the preview") -> Graph:
    """What a stack would be after `pulumi preview --json --show-sames`; without that flag, only what would change."""
    return _graph(_remaining(data.get("steps") or []), source)


def from_state(data: Mapping[str, Any], source: str = "the state") -> Graph:
    """What is installed, from `pulumi stack export`. Encrypted secrets are unknown; `--show-secrets` reveals them."""
    deployment = data.get("deployment") or {}
    # Marked for deletion: the old half of a replacement that was cut short.
    return _graph((r for r in deployment.get("resources") or [] if not r.get("delete")), source)


def _remaining(steps: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    # A replacement has several steps; the last state is what remains.
    states = {step["urn"]: step["newState"] for step in steps if step["op"] not in _GOING and step.get("newState")}
    yield from states.values()


def _graph(states: Iterable[Mapping[str, Any]], source: str) -> Graph:
    stack, outputs, resources = "", {}, []
    try:
        for state in states:
            urn = state["urn"]
            stack = urn.split(":")[2]
            if state["type"] == _STACK:
                outputs = _plain(state.get("outputs") or {})
            else:
                resources.append(_resource(state))
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise UserError(f"{source} is not what Pulumi prints: {error} is missing in a resource") from None
    return Graph(stack, tuple(resources), outputs)


def _resource(state: Mapping[str, Any]) -> Resource:
    parent = state.get("parent") or None
    outputs = _plain(state.get("outputs") or {})
    return Resource(
        urn=state["urn"],
        type=state["type"],
        name=state["urn"].split("::", 3)[3],
        parent=None if parent and f"::{_STACK}::" in parent else parent,
        custom=state["custom"],
        inputs=_plain(state.get("inputs") or {}),
        outputs={"id": state["id"], **outputs} if state.get("id") else outputs,
        dependencies=tuple(sorted(state.get("dependencies") or ())),
        protect=state.get("protect", False),
        provider=(state.get("provider") or "").rpartition("::")[0] or None,
    )


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Without what engine and provider keep for themselves."""
    return {key: _value(value) for key, value in sorted(properties.items()) if not key.startswith("__")}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            return Secret(json.loads(value["plaintext"])) if "plaintext" in value else Secret(MASK)
        return _plain(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    return unmasked(value)
