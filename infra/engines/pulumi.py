"""The pulumi engine: the Automation API over this very project, so that `pulumi up` by hand is the same run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi.automation import CommandError

from infra.engines.automation.command import Command, TimedOut
from infra.engines.automation.events import Progress, loses_data
from infra.engines.automation.interrupted import interrupted_creations, settled
from infra.engines.automation.removal import keeps_volumes, namespaces, removal
from infra.engines.automation.upgrades import refused_upgrade
from infra.engines.automation.workspace import Workspace, refused
from infra.engines.base import Confirm, Event, OnEvent, Outputs, Plan
from infra.engines.cluster import Cluster
from infra.engines.explain import explain
from infra.engines.manifests import scrub, secret_texts
from infra.engines.record import check_record, read_record, system_namespace
from infra.engines.volumes import Volumes
from infra.errors import RunFailed, UserError
from infra.graph import capture_environment
from infra.settings import Stack

_OWN_CLUSTERS = ("simulated", "kind")


@dataclass(frozen=True)
class PulumiInstallation:
    """What the engine works on."""

    stack: Stack
    cluster: Cluster
    pulumi: Path
    """The CLI."""
    lock: int | None = None
    """The descriptor of the environment's lock; needed to change anything."""
    timeout: int = 600
    """Seconds until what is not ready counts as failed."""
    allow_data_loss: bool = False
    """Whether `up` may delete or replace volumes."""


class PulumiEngine:
    """One Pulumi stack, named as the environment."""

    name = "pulumi"

    def __init__(self, installation: PulumiInstallation) -> None:
        stack = installation.stack
        self._at = installation
        self._environment = stack.name
        self._cluster = installation.cluster
        self._workspace = Workspace(
            stack, Command(installation.pulumi, installation.lock, installation.timeout), installation.cluster.target
        )

    def preview(self, on_event: OnEvent) -> Plan:
        """What `up` would do."""
        self._guard_version(self._open())
        return self._preview(on_event).plan()

    def up(self, on_event: OnEvent, confirm: Confirm) -> Plan:
        """Makes the environment what its settings say, and waits until it is ready."""
        state = self._open(to_change=True)
        self._guard_version(state)
        planned = self._preview(on_event)
        plan = planned.plan()
        self._guard_data(plan)
        confirm(plan)
        interrupted = interrupted_creations(state)
        if not plan.changed and not planned.outputs_changed and not interrupted:
            return plan
        if interrupted:
            on_event(Event("environment", "an interrupted run is taken up again"))
        if not self._is_elsewhere(state):
            self._remember_cluster()
        with self._run("up", on_event) as progress:
            self._workspace.up(progress)
        self._remember_cluster()
        if interrupted and self._settle():
            # What an interrupted run may have made is declared no more: now it is known, and goes.
            with self._run("up", on_event) as progress:
                self._workspace.up(progress)
        return plan

    def refresh(self, on_event: OnEvent) -> Plan:
        """What was changed or deleted by hand since the last `up`."""
        self._require_installed(self._open())
        with self._run("refresh", on_event) as progress:
            self._workspace.preview_refresh(progress)
        return progress.plan()

    def destroy(self, on_event: OnEvent, confirm: Confirm) -> Plan:
        """Takes everything away, and waits until it is gone."""
        state = self._open(to_change=True)
        own = self._at.stack.settings.cluster.kind == "eks"
        kept = keeps_volumes(self._at.stack.settings, state)
        plan = Plan(self._environment, self.name, removal(state, self._cluster, volumes_stay=kept))
        if not plan.changed:
            return plan
        confirm(plan)
        volumes = Volumes(self._cluster, namespaces(state))
        if interrupted_creations(state):
            self._settle()
        if not kept:
            volumes.release()
        if own:
            # What controllers made for objects, volumes and load balancers, goes while there still are controllers.
            with self._run("destroy", on_event) as progress:
                self._workspace.destroy_objects(progress)
            if not kept:
                self._wait_for(volumes, on_event)
        with self._run("destroy", on_event) as progress:
            self._workspace.destroy(progress)
        if not own and not kept:
            self._wait_for(volumes, on_event)
        return plan

    def _wait_for(self, volumes: Volumes, on_event: OnEvent) -> None:
        if left := volumes.wait(on_event):
            raise RunFailed(f"these are still there:\n{left}\nGo on with: groundwork destroy {self._environment}")

    def outputs(self) -> Outputs:
        """What the installed environment exports."""
        self._require_installed(self._open())
        outputs = self._workspace.outputs()
        return Outputs(
            {name: output.value for name, output in outputs.items()},
            frozenset(name for name, output in outputs.items() if output.secret),
        )

    def _open(self, *, to_change: bool = False) -> Mapping[str, Any]:
        """The state, once it is clear that this engine may work on this cluster."""
        record = read_record(self._cluster, system_namespace(self._at.stack.settings.namespace_prefix))
        check_record(record, self._environment, self.name, str(self._cluster.target))
        with self._refusals():
            self._workspace.open(to_change=to_change)
            state = self._workspace.state()
        if self._is_elsewhere(state) and self._cluster.target.kind not in _OWN_CLUSTERS:
            raise UserError(
                f"{self._environment} is installed on another cluster than {self._cluster.target}; nothing was "
                "changed.\nUse that one's context, or destroy the environment there first. If that cluster is gone, "
                f'let Pulumi forget it:\n  eval "$(groundwork env {self._environment})"\n'
                f"  pulumi refresh -s {self._environment} --yes"
            )
        return state

    def _preview(self, on_event: OnEvent) -> Progress:
        with self._run("preview", on_event) as progress:
            self._workspace.preview(progress)
        return progress

    @contextmanager
    def _run(self, command: str, on_event: OnEvent) -> Iterator[Progress]:
        """One operation of the CLI; what goes wrong in it ends in words for a person."""
        progress = Progress(self._environment, on_event)
        try:
            with self._refusals():
                yield progress
        except CommandError as error:
            raise self._failure(error, progress, command) from None

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except CommandError as error:
            refusal = refused(error, self._environment, self._workspace.backend)
            if refusal:
                raise refusal from None
            raise

    def _failure(self, error: CommandError, progress: Progress, command: str) -> Exception:
        # What is of no resource only sums up, unless it is all there is.
        about = [c for c in progress.complaints if c.urn] or progress.complaints
        said = [f"{progress.described(c.urn)}: {c.message}" if c.urn else c.message for c in about]
        complaints = said or [_last_lines(error)]
        if isinstance(error, TimedOut):
            complaints = [f"not everything was ready after {self._at.timeout} s", *said]
        text = "\n".join(dict.fromkeys(complaints))
        if not progress.began:
            return UserError(f"pulumi {command}: {text}")
        # The engine masks secrets in what it says itself, but knows nothing of pods' logs.
        secrets = secret_texts(capture_environment(self._at.stack, self._workspace.root_secret()))
        why = explain(self._cluster, progress.unfinished(), secrets)
        lines = [
            f"pulumi {command}: {scrub(text, secrets)}",
            why,
            f"Go on with: groundwork {command} {self._environment}",
        ]
        return RunFailed("\n".join(filter(None, lines)))

    def _guard_version(self, state: Mapping[str, Any]) -> None:
        problem = refused_upgrade(self._at.stack.settings, state)
        if problem:
            raise UserError(f"{problem}; nothing was changed")

    def _guard_data(self, plan: Plan) -> None:
        lost = [change for change in plan.changes if loses_data(change)]
        if lost and not self._at.allow_data_loss:
            lines = "\n".join(f"  {change.name}: {change.note}" for change in lost)
            raise UserError(
                f"this would delete data; nothing was changed:\n{lines}\n"
                "Take the change back, or back the data up and give --allow-data-loss."
            )

    def _settle(self) -> list[str]:
        """Ends the uncertainty that a killed run left in the state; the URNs that the stack takes over by that."""
        with self._refusals():
            deployment, taken = settled(self._workspace.state())
            self._workspace.replace_state(deployment)
        return taken

    def _require_installed(self, state: Mapping[str, Any]) -> None:
        if not _objects(state):
            raise UserError(f"{self._environment} is not installed; install it with: groundwork up {self._environment}")

    def _is_elsewhere(self, state: Mapping[str, Any]) -> bool:
        """Whether the state tells of objects in another cluster, of which this one may have taken the place."""
        known = self._workspace.backend.cluster if self._workspace.backend else None
        return bool(known) and known != self._cluster_identity and bool(_objects(state))

    def _remember_cluster(self) -> None:
        if self._workspace.backend:
            self._workspace.backend.remember_cluster(self._cluster_identity)

    @cached_property
    def _cluster_identity(self) -> str:
        """What tells a cluster from every other, whatever its address."""
        namespace = self._cluster.read("/api/v1/namespaces/kube-system")
        return str(namespace["metadata"]["uid"]) if namespace else ""


def _objects(state: Mapping[str, Any]) -> list[Any]:
    return [r for r in state.get("resources") or [] if r.get("custom") and not r["type"].startswith("pulumi:")]


def _last_lines(error: CommandError) -> str:
    """The end of what the CLI said, where no event told more."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return "\n".join(lines[-8:])
