"""What a plan says of every object, and what it refuses."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.engines.base import Action
from infra.engines.cluster import ApiError
from infra.engines.manifests import Declared
from infra.engines.planning import Planner, Step
from infra.errors import UserError
from tests.unit.engines.fake_api import OWNERSHIP, FakeApi, manifest, space


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with FakeApi() as api:
        api.put(space("demo-app"))
        yield api


def declared(*manifests: Mapping[str, Any]) -> list[Declared]:
    return [Declared(each, "app", f"kubernetes:{each['apiVersion']}:{each['kind']}") for each in manifests]


def plan(api: FakeApi, *wanted: Mapping[str, Any], installed: tuple[Mapping[str, Any], ...] = ()) -> list[Step]:
    return Planner(api, OWNERSHIP).plan(declared(*wanted), installed)


def test_what_is_not_there_is_created(api: FakeApi) -> None:
    (step,) = plan(api, manifest("ConfigMap", "a", data={"key": "value"}))
    assert step.action is Action.CREATE
    assert api.written == []


def test_what_the_server_only_defaults_is_unchanged(api: FakeApi) -> None:
    api.put(manifest("Deployment", "a", spec={"replicas": 1, "revisionHistoryLimit": 10}, status={"replicas": 1}))
    (step,) = plan(api, manifest("Deployment", "a", spec={"replicas": 1}))
    assert step.action is Action.UNCHANGED


def test_a_changed_field_is_named_by_its_path_and_not_by_its_value(api: FakeApi) -> None:
    api.put(manifest("Secret", "a", data={"password": "b2xk"}))
    (step,) = plan(api, manifest("Secret", "a", data={"password": "bmV3"}))
    assert step.action is Action.UPDATE
    assert step.change.paths == ("data.password",)
    assert "bmV3" not in repr(step.change)
    assert "bmV3" not in repr(step)


def test_what_was_installed_and_is_declared_no_more_is_deleted(api: FakeApi) -> None:
    old, gone = manifest("ConfigMap", "old"), manifest("ConfigMap", "gone")
    api.put(old)
    (step,) = plan(api, installed=(old, gone))
    assert (step.action, str(step.item)) == (Action.DELETE, "ConfigMap demo-app/old")


def test_what_can_only_not_be_changed_in_place_is_replaced(api: FakeApi) -> None:
    def immutable(wanted: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
        if live and live["spec"]["serviceName"] != wanted["spec"]["serviceName"]:
            raise ApiError(422, "Invalid", "updates to statefulset spec are forbidden", ("spec",))

    api.admit = immutable
    api.put(manifest("StatefulSet", "db", spec={"serviceName": "old"}))
    (step,) = plan(api, manifest("StatefulSet", "db", spec={"serviceName": "new"}))
    assert step.action is Action.REPLACE
    assert step.paths == ("spec",)
    assert "its volumes are kept" in step.note


def test_a_volume_that_goes_says_that_its_data_is_lost_and_how_much(api: FakeApi) -> None:
    claim = manifest("PersistentVolumeClaim", "data", spec={"resources": {"requests": {"storage": "10Gi"}}})
    api.put(claim)
    (step,) = plan(api, installed=(claim,))
    assert step.loses_data
    assert step.note == "its data is lost (10Gi)"


def test_everything_that_the_cluster_would_refuse_is_told_at_once(api: FakeApi) -> None:
    def refuse(wanted: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
        raise ApiError(403, "Forbidden", "exceeded quota: few, requested: 2")

    api.admit = refuse
    with pytest.raises(UserError, match="refuses 2 objects") as caught:
        plan(api, manifest("ConfigMap", "a"), manifest("ConfigMap", "b"))
    assert str(caught.value).count("exceeded quota") == 2
    assert "nothing was changed" in str(caught.value)


def test_a_refused_secret_is_told_without_the_value_that_the_server_quotes(api: FakeApi) -> None:
    def refuse(wanted: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
        raise ApiError(422, "Invalid", 'data[x]: Invalid value: "hunter22"', ("data[x]",))

    api.admit = refuse
    with pytest.raises(UserError, match=r"Secret demo-app/a: Invalid data\[x\]") as caught:
        plan(api, manifest("Secret", "a"))
    assert "hunter22" not in str(caught.value)


def test_objects_of_a_namespace_that_is_not_there_yet_are_still_checked(api: FakeApi) -> None:
    def refuse(wanted: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
        if wanted["kind"] == "Service":
            raise ApiError(400, "BadRequest", "unknown field spec.prots")

    wanted = [space("demo-new"), manifest("ConfigMap", "a", "demo-new"), manifest("Service", "b", "demo-new")]
    assert [step.action for step in plan(api, *wanted)] == [Action.CREATE] * 3
    api.admit = refuse
    with pytest.raises(UserError, match=r"Service demo-new/b: unknown field spec\.prots"):
        plan(api, *wanted)


def test_what_belongs_to_someone_else_is_refused(api: FakeApi) -> None:
    theirs = manifest("ConfigMap", "a")
    theirs["metadata"].pop("annotations")
    api.put(theirs)
    with pytest.raises(UserError, match="does not belong to this environment"):
        plan(api, manifest("ConfigMap", "a", data={}))


def test_a_kind_that_the_cluster_does_not_know_is_refused_unless_it_is_declared_beside(api: FakeApi) -> None:
    custom = {**manifest("ConfigMap", "model"), "apiVersion": "serving.example/v1", "kind": "Model"}
    with pytest.raises(UserError, match=r"knows no Model in serving\.example/v1"):
        plan(api, custom)


def test_drift_is_what_was_changed_or_deleted_behind_our_back(api: FakeApi) -> None:
    api.put(manifest("ConfigMap", "changed", data={"key": "by hand"}))
    api.put(manifest("ConfigMap", "same", data={"key": "value", "theirs": "x"}))
    items = declared(*(manifest("ConfigMap", name, data={"key": "value"}) for name in ("changed", "same", "missing")))
    steps = {step.item.manifest["metadata"]["name"]: step for step in Planner(api, OWNERSHIP).drift(items)}
    assert steps["changed"].action is Action.UPDATE
    assert steps["changed"].paths == ("data.key",)
    assert steps["same"].action is Action.UNCHANGED
    assert steps["missing"].action is Action.DELETE
