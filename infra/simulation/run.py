"""Starts the control plane, applies the objects, waits, and tells what would not have come up."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.engines.base import Event, OnEvent
from infra.engines.cluster import ApiError, Cluster, Target
from infra.engines.explain import explain
from infra.engines.manifests import Declared, Ownership, declared, secret_texts
from infra.engines.readiness import condition, waits_for
from infra.graph.model import Graph
from infra.paths import state_dir
from infra.simulation.machines import Machines
from infra.simulation.objects import missing_definitions, without_disks
from infra.simulation.report import Finding, Report
from infra.toolchain import tool
from infra.toolchain.record import cluster_dir
from infra.toolchain.simulated.control_plane import SimulatedControlPlane

_PREFIX = "simulate-"
_SETTLED = 10.0
"""Seconds without any change after which what is not ready will not become so."""
_RANKS = ({"CustomResourceDefinition"}, {"Namespace"})
"""Kinds that others need, in the order in which they must be there."""


def simulate(graph: Graph, machines: Machines, *, offline: bool, timeout: int, on_event: OnEvent) -> Report:
    """Raises `UserError` or `RunFailed` where no control plane can be had. Leaves nothing behind."""
    items = declared(graph, Ownership(f"groundwork-{graph.stack}", "default"))
    definitions = missing_definitions(items)
    placed = without_disks(items, "standard")
    with _throwaway(graph.stack, machines, offline, on_event) as cluster:
        rejected = [_finding_of_definition(cluster, definition) for definition in definitions]
        rejected += _apply(cluster, placed, on_event)
        refused = {finding.object for finding in rejected if finding}
        waiting = _wait(cluster, [item for item in placed if str(item) not in refused], timeout, on_event)
        unplaced = _unplaced(cluster)
        late = _late(cluster, waiting, unplaced, secret_texts(graph))
    return Report(
        stack=graph.stack,
        objects=len(items),
        nodes=len(machines.nodes),
        machines=machines.lines,
        findings=(*filter(None, rejected), *unplaced.values(), *late),
        notes=(*machines.notes, *_notes(items, definitions)),
    )


def _notes(items: Sequence[Declared], definitions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    kinds = sorted(definition["spec"]["names"]["kind"] for definition in definitions)
    if kinds:
        yield f"no definition of these kinds is at hand, so any spec of theirs was accepted: {', '.join(kinds)}"
    classes = sorted(item.manifest["metadata"]["name"] for item in items if item.manifest["kind"] == "StorageClass")
    if classes:
        yield f"volumes of these storage classes were simulated: {', '.join(classes)}"
    yield "containers did not run: images, their start and their network are not part of this"


@contextmanager
def _throwaway(stack: str, machines: Machines, offline: bool, on_event: OnEvent) -> Iterator[Cluster]:
    def say(text: str) -> None:
        on_event(Event("simulation", text.removeprefix("control plane ")))

    _sweep()
    plane = SimulatedControlPlane(
        f"{_PREFIX}{stack}-{os.getpid()}", offline=offline, on_progress=say, machines=machines.nodes
    )
    try:
        plane.start()
        kubectl = tool("kubectl", offline=offline, on_progress=say)
        with Cluster(Target(plane.kind, plane.kubeconfig, plane.context), kubectl) as cluster:
            yield cluster
    finally:
        plane.delete()
        _lock_file(plane.environment).unlink(missing_ok=True)


def _sweep() -> None:
    """Takes away what a simulation left that was killed."""
    for folder in cluster_dir("x").parent.glob(f"{_PREFIX}*"):
        pid = folder.name.rpartition("-")[2]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists() and not _lives(int(pid)):
            SimulatedControlPlane(folder.name, offline=True, on_progress=lambda _: None).delete()
            _lock_file(folder.name).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _lock_file(environment: str) -> Path:
    return state_dir() / "clusters" / f".{environment}.lock"


def _finding_of_definition(cluster: Cluster, definition: Mapping[str, Any]) -> Finding | None:
    try:
        cluster.apply(definition)
    except ApiError as error:
        return Finding("rejected", f"kind {definition['spec']['names']['kind']}", "definitions", str(error))
    deadline = time.monotonic() + 30
    while waits_for(cluster.get(definition)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return None


def _apply(cluster: Cluster, items: Sequence[Declared], on_event: OnEvent) -> list[Finding | None]:
    def one(item: Declared) -> Finding | None:
        try:
            cluster.apply(item.manifest)
        except ApiError as error:
            return Finding("rejected", str(item), item.component, str(error))
        return None

    findings: list[Finding | None] = []
    rest = list(items)
    for kinds in _RANKS:
        first = [item for item in rest if item.manifest["kind"] in kinds]
        rest = [item for item in rest if item.manifest["kind"] not in kinds]
        findings += cluster.each(one, first)
    cluster.learn(item.manifest["apiVersion"] for item in rest)
    findings += cluster.each(one, rest)
    on_event(Event("objects", f"{len(items) - sum(map(bool, findings))} of {len(items)} accepted"))
    return findings


def _wait(cluster: Cluster, items: Sequence[Declared], timeout: int, on_event: OnEvent) -> list[tuple[Declared, str]]:
    """What is not ready when nothing moves any more, or at the timeout, with what each waits for."""
    deadline = time.monotonic() + timeout
    waiting: list[tuple[Declared, str]] = [(item, "") for item in items]
    moved = time.monotonic()
    while waiting and time.monotonic() < min(deadline, moved + _SETTLED):
        pending = [item for item, _ in waiting]
        words = cluster.each(lambda item: waits_for(cluster.get(item.manifest)), pending)
        now = [(item, said) for item, said in zip(pending, words, strict=True) if said]
        if [said for _, said in now] != [said for _, said in waiting]:
            moved = time.monotonic()
            on_event(Event("objects", f"{len(items) - len(now)} of {len(items)} ready"))
        waiting = now
        time.sleep(0.3)
    return waiting


def _unplaced(cluster: Cluster) -> dict[str, Finding]:
    """By namespace and name of the pods that the scheduler found no node for, in its own words."""
    deadline = time.monotonic() + _SETTLED
    pods = cluster.items("/api/v1/pods")
    while not all(map(_scheduler_spoke, pods)) and time.monotonic() < deadline:
        time.sleep(0.3)
        pods = cluster.items("/api/v1/pods")
    found = {}
    for pod in pods:
        scheduled = condition(pod.get("status") or {}, "PodScheduled")
        if scheduled.get("status") == "False":
            metadata = pod["metadata"]
            where = f"{metadata['namespace']}/{metadata['name']}"
            component = (metadata.get("labels") or {}).get("app.kubernetes.io/name", metadata["namespace"])
            found[where] = Finding("not placed", f"Pod {where}", component, str(scheduled.get("message")))
    return found


def _scheduler_spoke(pod: Mapping[str, Any]) -> bool:
    return bool(condition(pod.get("status") or {}, "PodScheduled"))


def _late(
    cluster: Cluster, waiting: Sequence[tuple[Declared, str]], unplaced: Mapping[str, Finding], secrets: Sequence[str]
) -> Iterator[Finding]:
    for item, words in waiting:
        metadata = item.manifest["metadata"]
        own = f"{metadata.get('namespace')}/{metadata['name']}-"
        if not any(where.startswith(own) for where in unplaced):
            yield Finding("not ready", str(item), item.component, explain(cluster, [item.manifest], secrets) or words)
