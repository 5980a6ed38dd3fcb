"""What both engines promise: the same operations, the same events, results in the same shape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Action(StrEnum):
    """What happens, or would happen, to one resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """One resource of a plan. `paths` are the changed ones, dotted: `spec.template.spec.containers[0].image`."""

    action: Action
    type: str
    name: str
    component: str
    urn: str | None = None
    paths: tuple[str, ...] = ()
    note: str = ""
    """What a person must know before agreeing: data that is lost, a service that stops."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do (preview), did (up, destroy) or found drifted (refresh)."""

    stack: str
    engine: str
    changes: tuple[Change, ...]

    @property
    def changed(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.action is not Action.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Event:
    """Progress of a run: a component, how many of its objects are ready, and a line for a person."""

    component: str
    message: str
    ready: int = 0
    total: int = 0


OnEvent = Callable[[Event], None]

Confirm = Callable[[Plan], None]
"""Gets the plan before anything changes; returns to agree, raises to stop."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """A stack's outputs; the names in `secret` are masked unless a person asks for them."""

    values: Mapping[str, Any] = field(repr=False)
    secret: frozenset[str] = frozenset()


class Engine(Protocol):
    """Carries a graph out. Raises `UserError` before anything changed, `RunFailed` after."""

    name: str

    def preview(self, on_event: OnEvent) -> Plan:
        """What `up` would do."""
        ...

    def up(self, on_event: OnEvent, confirm: Confirm) -> Plan:
        """Makes the environment what its settings say, and waits until it is ready."""
        ...

    def refresh(self, on_event: OnEvent) -> Plan:
        """What was changed (`update`) or deleted (`delete`) behind the engine's back."""
        ...

    def destroy(self, on_event: OnEvent, confirm: Confirm) -> Plan:
        """Takes everything away; the plan names what holds data first."""
        ...

    def outputs(self) -> Outputs:
        """What the installed environment exports."""
        ...
