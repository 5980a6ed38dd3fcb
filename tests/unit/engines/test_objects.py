"""What objects become on their way to Helm: paths of changes, readiness, secrets, the chart."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from infra.engines.chart import remove_chart, write_chart
from infra.engines.differences import changed_paths
from infra.engines.manifests import declared, scrub, secret_texts
from infra.engines.readiness import waits_for
from infra.graph.model import Graph, Resource, Secret
from tests.unit.engines.fake_api import OWNERSHIP, manifest


def live(**rest: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "a"}, **rest}


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, ("spec.replicas",)),
        (
            {"spec": {"containers": [{"image": "a:1"}]}},
            {"spec": {"containers": [{"image": "a:2"}]}},
            ("spec.containers[0].image",),
        ),
        ({"spec": {"args": ["a"]}}, {"spec": {"args": ["a", "b"]}}, ("spec.args",)),
        ({"data": {"nginx.conf": "a"}}, {"data": {"nginx.conf": "b"}}, ("data[nginx.conf]",)),
        ({"spec": {"a": 1}}, {"spec": {}}, ("spec.a",)),
        ({"spec": {"empty": {}}}, {"spec": {}}, ()),
        ({"status": {"replicas": 1}}, {"status": {"replicas": 2}}, ()),
    ],
)
def test_changed_paths_name_what_differs(before: Any, after: Any, paths: tuple[str, ...]) -> None:
    assert changed_paths(live(**before), live(**after)) == paths


def test_what_the_server_keeps_for_itself_is_no_change() -> None:
    own = {"name": "a", "resourceVersion": "7", "generation": 2, "uid": "x", "managedFields": [{}]}
    assert changed_paths(live(), {**live(), "metadata": own}) == ()


@pytest.mark.parametrize(
    ("kind", "spec", "status", "words"),
    [
        ("ConfigMap", {}, {}, ""),
        ("Deployment", {"replicas": 2}, {"updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}, ""),
        ("Deployment", {"replicas": 2}, {"updatedReplicas": 2, "availableReplicas": 1}, "1 of 2 pods ready"),
        ("Deployment", {"replicas": 0}, {}, ""),
        (
            "Deployment",
            {"replicas": 1},
            {"conditions": [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]},
            "exceeded quota",
        ),
        ("StatefulSet", {"replicas": 1}, {"readyReplicas": 0}, "0 of 1 pods ready"),
        (
            "StatefulSet",
            {"replicas": 1},
            {"readyReplicas": 1, "currentRevision": "a", "updateRevision": "b"},
            "0 of 1 pods are of the new version",
        ),
        ("Job", {}, {"conditions": [{"type": "Complete", "status": "True"}]}, ""),
        (
            "Job",
            {},
            {"conditions": [{"type": "Failed", "status": "True", "message": "backoff limit"}]},
            "failed: backoff limit",
        ),
        ("PersistentVolumeClaim", {}, {"phase": "Pending"}, "volume Pending"),
    ],
)
def test_readiness_is_told_in_words(kind: str, spec: Any, status: Any, words: str) -> None:
    assert waits_for({"kind": kind, "metadata": {"name": "a"}, "spec": spec, "status": status}) == words


def test_an_object_that_its_controller_has_not_seen_is_not_ready() -> None:
    seen = {"kind": "Deployment", "metadata": {"generation": 3}, "spec": {"replicas": 0}}
    assert waits_for({**seen, "status": {"observedGeneration": 2}}) == "not yet seen by its controller"


def resource(type_: str, name: str, parent: str | None = None, **inputs: Any) -> Resource:
    return Resource(f"urn::{name}", type_, name, parent, type_.startswith("kubernetes:"), inputs, {})


@pytest.fixture
def graph() -> Graph:
    top = resource("groundwork:index:Tracking", "tracking")
    inner = resource("groundwork:index:Server", "server", top.urn)
    secret = resource(
        "kubernetes:core/v1:Secret",
        "login",
        inner.urn,
        apiVersion="v1",
        kind="Secret",
        metadata={"name": "login", "namespace": "demo-app"},
        stringData={"password": Secret("correct-horse"), "on": Secret("yes")},
    )
    return Graph("demo", (top, inner, secret))


def test_an_object_belongs_to_the_topmost_component_above_it(graph: Graph) -> None:
    (item,) = declared(graph, OWNERSHIP)
    assert item.component == "tracking"
    assert OWNERSHIP.owns(item.manifest)


def test_text_of_a_secret_becomes_data_so_that_a_removed_key_goes(graph: Graph) -> None:
    (item,) = declared(graph, OWNERSHIP)
    assert "stringData" not in item.manifest
    assert base64.b64decode(item.manifest["data"]["password"]) == b"correct-horse"


def test_secrets_are_masked_in_what_others_say_in_clear_and_encoded(graph: Graph) -> None:
    encoded = base64.b64encode(b"correct-horse").decode()
    said = scrub(f"psql: correct-horse refused, {encoded} too, yes", secret_texts(graph))
    assert said == "psql: [secret] refused, [secret] too, yes"
    assert "correct-horse" not in repr(declared(graph, OWNERSHIP))


def test_the_chart_is_private_and_holds_each_object_on_one_line(tmp_path: Path) -> None:
    objects = [manifest("ConfigMap", "a", data={"text": "{{ .Values.x }}\n---\nb"}), manifest("ConfigMap", "b")]
    chart = write_chart(tmp_path / "chart", "demo", objects)
    assert chart.stat().st_mode & 0o777 == 0o700
    files = sorted((chart / "objects").iterdir())
    assert [json.loads(file.read_text()) for file in files] == objects
    assert all("\n" not in file.read_text() for file in files)
    write_chart(chart, "demo", objects[:1])
    assert len(list((chart / "objects").iterdir())) == 1
    remove_chart(chart)
    assert not chart.exists()
    remove_chart(chart)
