"""Graphs of an environment with something in them that its settings can't say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra import graph
from infra.engines import select
from infra.graph.model import Graph, Resource
from infra.settings import RootSecret, Stack


def edited(patch: pytest.MonkeyPatch, kind: str, name: str, changes: Mapping[str, Any]) -> None:
    """From now on the graphs that engines get have one object changed."""

    def captured(stack: Stack, secrets: RootSecret) -> Graph:
        whole = graph.capture_environment(stack, secrets)
        return replace(whole, resources=tuple(_edit(resource, kind, name, changes) for resource in whole))

    patch.setattr(select, "capture_environment", captured)


def _edit(resource: Resource, kind: str, name: str, changes: Mapping[str, Any]) -> Resource:
    metadata = resource.inputs.get("metadata")
    if not resource.type.endswith(f":{kind}") or not isinstance(metadata, Mapping) or metadata.get("name") != name:
        return resource
    return replace(resource, inputs=_merge(resource.inputs, changes))


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        lower = both.get(key)
        both[key] = _merge(lower, value) if isinstance(lower, Mapping) and isinstance(value, Mapping) else value
    return both
