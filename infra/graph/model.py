"""The graph: every resource that a stack declares, in one shape whatever its source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MASK = "[secret]"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret value inside a resource's inputs or outputs. Its repr and its JSON never show the value."""

    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as an engine would get it: camelCase inputs, references resolved to the strings they stand for."""

    urn: str
    type: str
    name: str
    parent: str | None
    custom: bool
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Resources in the order of registration, and the stack's exported outputs (secret ones as `Secret`)."""

    stack: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)
