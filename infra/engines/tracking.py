"""How far a run is: by component, how many of its objects are ready, and what the next one waits for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from infra.engines.base import Action, Event, OnEvent
from infra.engines.cluster import Cluster
from infra.engines.planning import Step
from infra.engines.readiness import waits_for


class Tracker:
    """Looks at the objects that are not ready yet, and tells what changed since it looked last."""

    def __init__(self, cluster: Cluster, steps: Iterable[Step], on_event: OnEvent) -> None:
        self._cluster = cluster
        self._on_event = on_event
        self._components: dict[str, list[Step]] = {}
        for step in steps:
            if step.action is not Action.DELETE:
                self._components.setdefault(step.item.component, []).append(step)
        self._pending = dict(self._components)
        self._told: dict[str, tuple[int, str]] = {}

    @property
    def ready(self) -> bool:
        """Whether everything was ready at the last look."""
        return not any(self._pending.values())

    def look(self) -> None:
        """One round over what is pending."""
        waiting = [step for steps in self._pending.values() for step in steps]
        words = dict(zip(map(id, waiting), self._cluster.each(self._waits_for, waiting), strict=True))
        for component, steps in self._pending.items():
            pending = [step for step in steps if words[id(step)]]
            self._pending[component] = pending
            self._tell(component, pending, words)

    def _waits_for(self, step: Step) -> str:
        live = self._cluster.get(step.item.manifest)
        if step.action in (Action.UPDATE, Action.REPLACE) and _version(live) == _version(step.live):
            return "not changed yet"
        return waits_for(live)

    def _tell(self, component: str, pending: Sequence[Step], words: Mapping[int, str]) -> None:
        total = len(self._components[component])
        message = f"{pending[0].item}: {words[id(pending[0])]}" if pending else "ready"
        state = (total - len(pending), message)
        if self._told.get(component) != state:
            self._told[component] = state
            self._on_event(Event(component, message, state[0], total))


def _version(live: Mapping[str, Any] | None) -> object:
    return live["metadata"]["resourceVersion"] if live else None
