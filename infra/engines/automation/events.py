"""What Pulumi's engine events mean: progress by component while it runs, and a plan when it is done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.automation import EngineEvent, OpType, StepEventMetadata

from infra.engines.automation.names import STACK, component, holds_data, kind, short_name, title
from infra.engines.base import Action, Change, Event, OnEvent, Plan

_ACTIONS: Mapping[OpType, Action] = {
    OpType.SAME: Action.UNCHANGED,
    OpType.REFRESH: Action.UNCHANGED,
    OpType.CREATE: Action.CREATE,
    OpType.IMPORT: Action.CREATE,
    OpType.UPDATE: Action.UPDATE,
    OpType.DELETE: Action.DELETE,
    OpType.DISCARD: Action.DELETE,
    OpType.REPLACE: Action.REPLACE,
    OpType.CREATE_REPLACEMENT: Action.REPLACE,
    OpType.DELETE_REPLACED: Action.REPLACE,
    OpType.IMPORT_REPLACEMENT: Action.REPLACE,
}
_DOING = {Action.CREATE: "creating", Action.UPDATE: "updating", Action.REPLACE: "replacing", Action.DELETE: "deleting"}
_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.REPLACE: "replaced", Action.DELETE: "deleted"}

_PROVIDER = "pulumi:providers:"
_RETAINED = "leaves the stack, stays in the account"
# Colours come as tags like `<{%fg 1%}>`, whatever colour was asked for.
_COLOUR = re.compile(r"<\{%.*?%\}>")


@dataclass
class _Seen:
    """One resource, as far as the events have told."""

    type: str
    name: str
    custom: bool
    parent: str
    action: Action = Action.UNCHANGED
    paths: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    done: bool = False
    retained: bool = False
    """Whether deleting it only makes the stack forget it."""

    @property
    def counts(self) -> bool:
        """Whether a person would call it an object of the platform."""
        return self.custom and not self.type.startswith(_PROVIDER)


@dataclass(frozen=True)
class Complaint:
    """An error that the engine, the program or a provider reported; `urn` is empty where it is of no resource."""

    urn: str
    message: str


class Progress:
    """Takes the events of one run, in order."""

    def __init__(self, stack: str, on_event: OnEvent) -> None:
        self._stack = stack
        self._on_event = on_event
        self._seen: dict[str, _Seen] = {}
        self.complaints: list[Complaint] = []
        self.began = False
        """Whether the run has begun to change anything."""
        self.outputs_changed = False
        self._looking = False

    def __call__(self, event: EngineEvent) -> None:
        if event.resource_pre_event:
            self._step(event.resource_pre_event.metadata, bool(event.resource_pre_event.planning))
        elif event.res_outputs_event:
            self._finished(event.res_outputs_event.metadata, bool(event.res_outputs_event.planning))
        elif event.diagnostic_event:
            self._diagnostic(event.diagnostic_event.severity, event.diagnostic_event.urn or "", event.diagnostic_event)

    def plan(self) -> Plan:
        """Every object, in the order in which the engine came to it."""
        changes = tuple(
            self._change(urn, seen)
            for urn, seen in self._seen.items()
            if seen.counts or (seen.type.startswith(_PROVIDER) and seen.action in (Action.UPDATE, Action.REPLACE))
        )
        return Plan(self._stack, "pulumi", changes)

    def unfinished(self) -> list[Mapping[str, Any]]:
        """The objects of Kubernetes that were begun and have not come to a good end, by what names them."""
        return [
            {key: seen.inputs[key] for key in ("apiVersion", "kind", "metadata")}
            for seen in self._seen.values()
            if seen.counts and not seen.done and {"apiVersion", "kind", "metadata"} <= seen.inputs.keys()
        ]

    def described(self, urn: str) -> str:
        """For a person: `Deployment mlops-tracking/mlflow`."""
        seen = self._seen.get(urn)
        return f"{kind(seen.type)} {seen.name}" if seen else short_name(urn)

    def _step(self, step: StepEventMetadata, planning: bool) -> None:
        state = step.new or step.old
        if state is None:
            return
        action = _ACTIONS.get(step.op, Action.UNCHANGED)
        seen = self._seen.get(step.urn)
        if seen is None:
            inputs = dict(state.inputs or {})
            seen = _Seen(step.type, title(step.urn, inputs), bool(state.custom), state.parent or "", inputs=inputs)
            seen.retained = bool(state.retain_on_delete)
            self._seen[step.urn] = seen
        self._note(seen, action, step)
        if step.op is OpType.REFRESH and not self._looking:
            self._looking = True
            self._on_event(Event("environment", "looking at what is there"))
        if not planning and seen.counts and action is not Action.UNCHANGED:
            self.began = True
            seen.done = False
            self._tell(step.urn, f"{self.described(step.urn)}: {_DOING[action]}")

    def _note(self, seen: _Seen, action: Action, step: StepEventMetadata) -> None:
        # A replacement is told in three steps, of which one may be a plain deletion.
        if seen.action is not Action.REPLACE:
            seen.action = action
        seen.paths = tuple(sorted({*seen.paths, *(step.detailed_diff or step.diffs or ())}))

    def _finished(self, step: StepEventMetadata, planning: bool) -> None:
        if step.type == STACK:
            old, new = step.old, step.new
            self.outputs_changed = bool(new) and (old.outputs if old else None) != (new.outputs if new else None)
        seen = self._seen.get(step.urn)
        if seen is None:
            self._step(step, planning)
            seen = self._seen.get(step.urn)
        if seen is None:
            return
        action = _ACTIONS.get(step.op, Action.UNCHANGED)
        if action is not Action.UNCHANGED:
            self._note(seen, action, step)
        seen.done = True
        if not planning and seen.counts and action in _DONE:
            self._tell(step.urn, f"{self.described(step.urn)}: {_DONE[seen.action]}")

    def _diagnostic(self, severity: str, urn: str, event: Any) -> None:
        message = _COLOUR.sub("", event.message).strip()
        if severity == "error":
            self.complaints.append(Complaint(urn, message))
        elif message and urn in self._seen and self._seen[urn].action in _DOING:
            self._tell(urn, f"{self.described(urn)}: {message.splitlines()[0]}")

    def _tell(self, urn: str, message: str) -> None:
        component = self._component(urn)
        members = [s for u, s in self._seen.items() if s.counts and self._component(u) == component]
        self._on_event(Event(component, message, sum(s.done for s in members), len(members)))

    def _component(self, urn: str) -> str:
        return component(urn, {u: seen.parent for u, seen in self._seen.items()})

    def _change(self, urn: str, seen: _Seen) -> Change:
        return Change(
            action=seen.action,
            type=seen.type,
            name=seen.name,
            component=self._component(urn),
            urn=urn,
            paths=seen.paths if seen.action in (Action.UPDATE, Action.REPLACE) else (),
            note=_warning(seen),
        )


def loses_data(change: Change) -> bool:
    """Whether data goes with it."""
    return holds_data(change.type) and change.action in (Action.DELETE, Action.REPLACE) and change.note != _RETAINED


def _warning(seen: _Seen) -> str:
    """What a person must know before agreeing."""
    what = kind(seen.type)
    gone = seen.action in (Action.DELETE, Action.REPLACE)
    if what == "PersistentVolumeClaim" and gone:
        size = seen.inputs.get("spec", {}).get("resources", {}).get("requests", {}).get("storage", "of unknown size")
        return f"its data is lost ({size})"
    if holds_data(seen.type) and gone:
        return _RETAINED if seen.retained and seen.action is Action.DELETE else "its data is lost"
    if seen.action is Action.REPLACE:
        kept = "; its volumes are kept" if what == "StatefulSet" else ""
        return f"can't be changed in place: it stops and starts anew{kept}"
    return ""
