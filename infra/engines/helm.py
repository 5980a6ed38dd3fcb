"""The helm engine: a captured graph as one Helm release. Kubernetes only, no Pulumi CLI needed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.engines.base import Action, Confirm, Event, OnEvent, Outputs, Plan
from infra.engines.by_hand import added_by_hand, taken_over
from infra.engines.chart import remove_chart, write_chart
from infra.engines.cluster import Cluster
from infra.engines.explain import explain
from infra.engines.helm_cli import HelmCli, HelmFailed
from infra.engines.manifests import Declared, Ownership, declared, scrub, secret_texts
from infra.engines.planning import Planner, Step, undeclared
from infra.engines.record import check_record, is_record, read_record, refuse_moved, system_namespace
from infra.engines.releases import Releases
from infra.engines.removal import Removal
from infra.engines.tracking import Tracker
from infra.errors import RunFailed, UserError
from infra.graph.model import Graph
from infra.graph.secrecy import bare, holds_secret

_GONE_TIMEOUT = 180.0
"""Seconds that objects get to end before they are made anew."""


@dataclass(frozen=True)
class Installation:
    """What the engine works on."""

    environment: str
    graph: Graph
    namespace_prefix: str
    cluster: Cluster
    helm: Path
    directory: Path
    """Where this machine keeps what belongs to the environment."""
    lock: int | None = None
    """The descriptor of the environment's lock; needed to change anything."""
    timeout: int = 600
    """Seconds until what is not ready counts as failed."""
    allow_data_loss: bool = False
    """Whether `up` may delete or replace volumes."""


class HelmEngine:
    """One release, `groundwork-<environment>`, in `<prefix>-system`."""

    name = "helm"

    def __init__(self, installation: Installation) -> None:
        refuse_cloud(installation.graph, installation.environment)
        self._at = installation
        self._cluster = installation.cluster
        self._system = system_namespace(installation.namespace_prefix)
        self._ownership = Ownership(f"groundwork-{installation.environment}", self._system)
        self._secrets = secret_texts(installation.graph)
        self._items = declared(installation.graph, self._ownership)
        self._helm = HelmCli(
            installation.helm,
            installation.cluster.target,
            installation.directory / "helm.log",
            [installation.lock] if installation.lock is not None else [],
        )

    def _in_frame(self, item: Declared) -> bool:
        """Whether the engine itself keeps it: what Helm's own record lives in must be there first and go last."""
        metadata = item.manifest["metadata"]
        if item.manifest["kind"] == "Namespace":
            return bool(metadata["name"] == self._system)
        return is_record(item.manifest) and metadata.get("namespace") == self._system

    def preview(self, on_event: OnEvent) -> Plan:
        """What `up` would do."""
        return self._plan(self._steps(Releases(self._cluster, self._ownership)))

    def up(self, on_event: OnEvent, confirm: Confirm) -> Plan:
        """Makes the environment what its settings say, and waits until it is ready."""
        remove_chart(self._chart)
        releases = Releases(self._cluster, self._ownership)
        steps = self._steps(releases)
        plan = self._plan(steps)
        self._guard_data(steps)
        confirm(plan)
        tracker = Tracker(self._cluster, steps, on_event)
        if releases.healthy and not plan.changed:
            tracker.look()
            if tracker.ready:
                return plan
        self._await_end(on_event)
        self._claim()
        if releases.settle():
            on_event(Event("environment", "an interrupted run is taken up again"))
        self._take_over(steps)
        self._remove_replaced(steps, on_event)
        self._install(tracker)
        self._remove_leftovers(steps)
        return plan

    def refresh(self, on_event: OnEvent) -> Plan:
        """What was changed or deleted by hand since the last `up`."""
        self._require_installed()
        known = {item.key: item for item in self._items}
        installed = [
            undeclared(self._ownership.mark(manifest))
            for manifest in Releases(self._cluster, self._ownership).deployed()
        ]
        items = [
            Declared(item.manifest, known[item.key].component, known[item.key].type, known[item.key].urn)
            if item.key in known
            else item
            for item in installed
        ]
        frame = [item for item in self._items if self._in_frame(item)]
        return self._plan(Planner(self._cluster, self._ownership).drift([*frame, *items]))

    def destroy(self, on_event: OnEvent, confirm: Confirm) -> Plan:
        """Takes everything away, and waits until it is gone."""
        remove_chart(self._chart)
        self._check_record()
        removal = Removal(self._cluster, self._ownership, self._items, Releases(self._cluster, self._ownership))
        plan = self._plan(removal.steps)
        if not plan.changes:
            return plan
        confirm(plan)
        try:
            self._helm.run(
                ["uninstall", self._ownership.release, "--namespace", self._system, "--ignore-not-found"],
                lambda: None,
            )
        except HelmFailed as failure:
            raise RunFailed(f"helm could not uninstall: {self._scrub(failure)}\n{self._go_on('destroy')}") from None
        left = removal.finish(on_event)
        if left:
            raise RunFailed(f"these are still there:\n{left}\n{self._go_on('destroy')}")
        return plan

    def outputs(self) -> Outputs:
        """What the installed environment exports."""
        self._require_installed()
        outputs = self._at.graph.outputs
        return Outputs(bare(outputs), frozenset(key for key, value in outputs.items() if holds_secret(value)))

    @property
    def _chart(self) -> Path:
        return self._at.directory / "chart"

    def _plan(self, steps: Sequence[Step]) -> Plan:
        return Plan(self._at.environment, self.name, tuple(step.change for step in steps))

    def _steps(self, releases: Releases) -> list[Step]:
        if not self._check_record():
            refuse_moved(self._cluster, self._at.environment, self._system)
        installed = [self._ownership.mark(manifest) for manifest in releases.installed()]
        return Planner(self._cluster, self._ownership).plan(self._items, installed)

    def _check_record(self) -> bool:
        record = read_record(self._cluster, self._system)
        check_record(record, self._at.environment, self.name, str(self._cluster.target))
        return record is not None

    def _require_installed(self) -> None:
        if not self._check_record():
            raise UserError(
                f"{self._at.environment} is not installed on {self._cluster.target}; "
                f"install it with: groundwork up {self._at.environment}"
            )

    def _guard_data(self, steps: Sequence[Step]) -> None:
        lost = [step for step in steps if step.loses_data]
        if lost and not self._at.allow_data_loss:
            lines = "\n".join(f"  {step.item}: {step.note}" for step in lost)
            raise UserError(
                f"this would delete volumes; nothing was changed:\n{lines}\n"
                "Take the change back, or back the data up and give --allow-data-loss."
            )

    def _await_end(self, on_event: OnEvent) -> None:
        """What is being deleted must be gone before it can be made anew."""

        def ending() -> list[Declared]:
            lives = self._cluster.each(lambda item: self._cluster.get(item.manifest), self._items)
            pairs = zip(self._items, lives, strict=True)
            return [item for item, live in pairs if live and live["metadata"].get("deletionTimestamp")]

        self._await_none(ending, lambda item: on_event(Event(item.component, f"{item} is still being deleted")))

    def _await_none(self, what: Callable[[], list[Declared]], tell: Callable[[Declared], None]) -> None:
        deadline = time.monotonic() + _GONE_TIMEOUT
        told: Declared | None = None
        while waiting := what():
            if time.monotonic() > deadline:
                names = ", ".join(map(str, waiting))
                raise RunFailed(f"still being deleted, held by a finalizer: {names}\n{self._go_on('up')}")
            if waiting[0] != told:
                told = waiting[0]
                tell(told)
            time.sleep(0.3)

    def _claim(self) -> None:
        for item in self._items:
            if self._in_frame(item):
                self._cluster.apply(item.manifest)

    def _take_over(self, steps: Sequence[Step]) -> None:
        """What was added by hand becomes Helm's, so that its apply takes it away."""
        for step in steps:
            live = self._cluster.get(step.item.manifest) if step.action is Action.UPDATE else None
            if live and added_by_hand(live):
                version = live["metadata"]["resourceVersion"]
                fields = {"managedFields": taken_over(live), "resourceVersion": version}
                self._cluster.merge(self._cluster.path(live), {"metadata": fields})

    def _remove_replaced(self, steps: Sequence[Step], on_event: OnEvent) -> None:
        replaced = [step.item for step in steps if step.action is Action.REPLACE]
        for item in replaced:
            on_event(Event(item.component, f"{item} is replaced"))
            self._cluster.delete(self._cluster.path(item.manifest), propagation="Foreground")
        self._await_none(
            lambda: [item for item in replaced if self._cluster.get(item.manifest)],
            lambda item: on_event(Event(item.component, f"{item} is still being deleted")),
        )

    def _install(self, tracker: Tracker) -> None:
        charted = [item.manifest for item in self._items if not self._in_frame(item)]
        arguments = ["upgrade", self._ownership.release, str(self._chart), "--install", "--namespace", self._system]
        arguments += ["--wait", "--wait-for-jobs", "--timeout", f"{self._at.timeout}s", "--history-max", "3"]
        # The dry run has validated every object already, and more strictly than the downloaded schemas do.
        arguments += ["--server-side=true", "--force-conflicts", "--disable-openapi-validation"]
        try:
            write_chart(self._chart, self._ownership.release, charted)
            self._helm.run(arguments, tracker.look)
        except HelmFailed as failure:
            why = explain(self._cluster, [item.manifest for item in self._items], self._secrets)
            raise RunFailed(
                "\n".join(filter(None, [f"helm: {self._scrub(failure)}", why, self._go_on("up")]))
            ) from None
        finally:
            remove_chart(self._chart)
        tracker.look()

    def _remove_leftovers(self, steps: Sequence[Step]) -> None:
        """Helm forgets what only a failed or interrupted run had made."""
        for step in steps:
            if step.action is Action.DELETE:
                self._cluster.delete(self._cluster.path(step.item.manifest))

    def _scrub(self, failure: Exception) -> str:
        return scrub(str(failure), self._secrets)

    def _go_on(self, command: str) -> str:
        return f"Go on with: groundwork {command} {self._at.environment}"


def refuse_cloud(graph: Graph, environment: str) -> None:
    """Only Pulumi can make what is not a Kubernetes object."""
    foreign = [r for r in graph if r.custom and not r.type.startswith(("kubernetes:", "pulumi:", "groundwork:"))]
    if foreign:
        examples = ", ".join(f"{r.name} ({r.type})" for r in foreign[:3])
        raise UserError(
            f"{environment} has {len(foreign)} resources outside Kubernetes ({examples}); the helm engine can't make "
            "them.\nGet Pulumi with `groundwork tools get pulumi` (or from https://www.pulumi.com/docs/install/), "
            "then use --engine pulumi."
        )
