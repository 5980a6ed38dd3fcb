"""What recorded events of real Pulumi runs become: plans, progress and complaints."""

import json
from pathlib import Path

import pytest
from pulumi.automation import EngineEvent

from infra.engines.automation.events import Progress
from infra.engines.base import Event

DATA = Path(__file__).parent / "data"


def played(name: str) -> tuple[Progress, list[Event]]:
    told: list[Event] = []
    progress = Progress("local", told.append)
    for line in (DATA / f"pulumi-{name}.jsonl").read_text().splitlines():
        progress(EngineEvent.from_json(json.loads(line)))
    return progress, told


def changed(progress: Progress) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {f"{c.type.rpartition(':')[2]} {c.name}": (c.action.value, c.paths) for c in progress.plan().changed}


def test_a_preview_names_every_changed_object_and_its_changed_paths() -> None:
    progress, _ = played("preview")
    assert changed(progress) == {
        "PodDisruptionBudget mlops-registry/registry": ("create", ()),
        "Secret mlops-tracking/tracking-auth": ("update", ("data.htpasswd",)),
        "PersistentVolumeClaim mlops-database/database-data": ("update", ("spec.resources.requests.storage",)),
        "Deployment mlops-registry/registry": ("update", ("spec.replicas",)),
    }
    assert not progress.began


def test_a_plan_holds_objects_and_neither_components_nor_the_stack() -> None:
    progress, _ = played("preview")
    assert all(change.type.startswith("kubernetes:") for change in progress.plan().changes)
    registry = [c for c in progress.plan().changes if c.name == "mlops-registry/registry"]
    assert {c.component for c in registry} == {"registry"}


def test_drift_is_what_a_refresh_ended_with() -> None:
    progress, _ = played("refresh")
    assert changed(progress) == {
        "Service mlops-tracking/tracking": ("delete", ()),
        "Deployment mlops-registry/registry": ("update", ("spec.replicas",)),
    }


def test_a_run_is_told_by_component_with_what_is_ready() -> None:
    progress, told = played("up")
    assert progress.began
    messages = [event.message for event in told if event.component == "registry"]
    assert "Deployment mlops-registry/registry: updating" in messages
    assert messages.index("Deployment mlops-registry/registry: updating") < messages.index(
        "Deployment mlops-registry/registry: updated"
    )
    last = {event.component: event for event in told if event.total}
    assert (last["registry"].ready, last["registry"].total) == (3, 3)
    assert progress.unfinished() == []


def test_what_the_cluster_refuses_in_a_preview_is_a_complaint_about_its_object() -> None:
    progress, _ = played("refused")
    first = progress.complaints[0]
    assert progress.described(first.urn) == "PersistentVolumeClaim mlops-object-storage/object-storage-data"
    assert "field can not be less than status.capacity" in first.message
    assert not progress.began


@pytest.mark.parametrize("name", ["preview", "refresh", "up", "refused"])
def test_no_change_tells_the_stacks_outputs_changed_when_they_did_not(name: str) -> None:
    progress, _ = played(name)
    assert not progress.outputs_changed
