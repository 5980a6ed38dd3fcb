"""The helm engine with a Helm that only writes down how it was called."""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.engines.base import Event, Plan
from infra.engines.explain import explain
from infra.engines.helm import HelmEngine, Installation
from infra.engines.record import RECORD_NAME
from infra.engines.releases import Releases
from infra.errors import RunFailed, UserError
from infra.graph.model import Graph, Resource, Secret
from tests.unit.engines.fake_api import OWNERSHIP, FakeApi, manifest, space

_HELM = """#!/bin/sh
printf '%s\\n' "$@" > {folder}/arguments
env > {folder}/environment
ls -ld "$3" > {folder}/chart 2>&1
echo 'level=WARN msg=noise'
{end}
"""


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with FakeApi() as api:
        yield api


def fake_helm(folder: Path, end: str = "exit 0") -> Path:
    path = folder / "helm"
    path.write_text(_HELM.format(folder=folder, end=end))
    path.chmod(0o755)
    return path


def resource(kind: str, name: str, namespace: str | None = None, **inputs: Any) -> Resource:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    inputs = {"apiVersion": "v1", "kind": kind, "metadata": metadata, **inputs}
    return Resource(f"urn::{kind}::{name}", f"kubernetes:core/v1:{kind}", name, None, True, inputs, {})


def graph(*more: Resource) -> Graph:
    frame = (
        resource("Namespace", "demo-system"),
        resource("Namespace", "demo-app"),
        resource("ConfigMap", RECORD_NAME, "demo-system", data={"environment": "demo"}),
    )
    secret = resource("Secret", "login", "demo-app", stringData={"password": Secret("correct-horse")})
    return Graph("demo", (*frame, secret, *more), {"url": "http://app", "password": Secret("correct-horse")})


@pytest.fixture
def at(api: FakeApi, tmp_path: Path) -> Installation:
    return Installation("demo", graph(), "demo", api, fake_helm(tmp_path), tmp_path / "own")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()


def agree(plan: Plan) -> None:
    pass


def up(at: Installation) -> list[Event]:
    events: list[Event] = []
    HelmEngine(at).up(events.append, agree)
    return events


def install(api: FakeApi, at: Installation) -> None:
    """What Helm itself would have done."""
    for name in ("demo-system", "demo-app"):
        api.put(space(name))
    api.put(manifest("Secret", "login", data={"password": base64.b64encode(b"correct-horse").decode()}))
    api.put(manifest("ConfigMap", RECORD_NAME, "demo-system", data={"environment": "demo"}))
    keep(api, 1, "deployed", manifest("Secret", "login"))


def keep(api: FakeApi, number: int, status: str, *manifests: Mapping[str, Any]) -> None:
    text = "".join(f"---\n# Source: x\n{json.dumps(each)}\n" for each in manifests)
    content = {"version": number, "info": {"status": status}, "manifest": text}
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()
    labels = {"owner": "helm", "name": "groundwork-demo", "status": status, "version": str(number)}
    name = f"sh.helm.release.v1.groundwork-demo.v{number}"
    metadata = {"name": name, "namespace": "demo-system", "labels": labels}
    api.put({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"release": packed}})


def test_no_secret_is_in_helms_arguments_or_environment_and_its_chart_is_private_and_goes(
    at: Installation, tmp_path: Path
) -> None:
    up(at)
    called = (tmp_path / "arguments").read_text() + (tmp_path / "environment").read_text()
    assert called.startswith("upgrade\ngroundwork-demo\n")
    assert "correct-horse" not in called
    assert base64.b64encode(b"correct-horse").decode() not in called
    assert (tmp_path / "chart").read_text().startswith("drwx------")
    assert not (at.directory / "chart").exists()
    assert "HELM_DRIVER=secret" in called


def test_the_mark_and_its_namespace_are_there_before_helm_and_in_no_chart(at: Installation, api: FakeApi) -> None:
    up(at)
    assert api.written[:2] == [
        "PATCH /api/v1/namespaces/demo-system",
        f"PATCH /api/v1/namespaces/demo-system/configmaps/{RECORD_NAME}",
    ]


def test_what_is_up_as_declared_is_left_alone(at: Installation, api: FakeApi, tmp_path: Path) -> None:
    install(api, at)
    up(at)
    assert api.written == []
    assert not (tmp_path / "arguments").exists()


def test_a_refused_plan_changes_nothing(at: Installation, api: FakeApi, tmp_path: Path) -> None:
    def refuse(plan: Plan) -> None:
        raise UserError("no")

    with pytest.raises(UserError):
        HelmEngine(at).up(lambda event: None, refuse)
    assert api.written == []
    assert not (tmp_path / "arguments").exists()


def test_a_failure_says_what_helm_said_without_noise_or_secrets_and_how_to_go_on(
    at: Installation, tmp_path: Path
) -> None:
    helm = fake_helm(tmp_path, "echo 'Error: UPGRADE FAILED: bad correct-horse' >&2; exit 1")
    with pytest.raises(RunFailed) as caught:
        up(replace(at, helm=helm))
    text = str(caught.value)
    assert text.startswith("helm: UPGRADE FAILED: bad [secret]\n")
    assert "noise" not in text
    assert "Secret demo-app/login: not there yet" in text
    assert text.endswith("Go on with: groundwork up demo")
    assert not (at.directory / "chart").exists()


def test_a_run_that_was_cut_off_is_marked_failed_so_that_helm_goes_on(at: Installation, api: FakeApi) -> None:
    install(api, at)
    keep(api, 2, "pending-upgrade", manifest("ConfigMap", "half"))
    events = up(at)
    assert [event.message for event in events if "interrupted" in event.message]
    states = [revision.status for revision in Releases(api, OWNERSHIP).revisions]
    assert states == ["deployed", "failed"]
    assert Releases(api, OWNERSHIP).revisions[1].content["info"]["status"] == "failed"
    assert Releases(api, OWNERSHIP).revisions[1].manifests == [manifest("ConfigMap", "half")]


def test_what_only_an_interrupted_run_had_made_is_taken_away(at: Installation, api: FakeApi) -> None:
    install(api, at)
    api.put(manifest("ConfigMap", "half"))
    keep(api, 2, "pending-upgrade", manifest("ConfigMap", "half"))
    up(at)
    assert not [path for path in api.objects if path.endswith("/half")]


def test_another_prefix_is_refused_while_the_environment_stands_under_the_old_one(
    at: Installation, api: FakeApi
) -> None:
    api.put(manifest("ConfigMap", RECORD_NAME, "old-system", data={"environment": "demo"}))
    with pytest.raises(UserError, match="namespace_prefix: old"):
        up(at)
    assert api.written == []


def test_resources_outside_kubernetes_are_refused_with_the_way_to_pulumi(at: Installation) -> None:
    bucket = Resource("urn::b", "aws:s3/bucket:Bucket", "artifacts", None, True, {}, {})
    with pytest.raises(UserError, match=r"artifacts \(aws:s3/bucket:Bucket\)") as caught:
        HelmEngine(replace(at, graph=graph(bucket)))
    assert "--engine pulumi" in str(caught.value)
    assert "https://www.pulumi.com/docs/install/" in str(caught.value)


def test_outputs_tell_which_are_secret_and_need_an_installation(at: Installation, api: FakeApi) -> None:
    with pytest.raises(UserError, match="groundwork up demo"):
        HelmEngine(at).outputs()
    install(api, at)
    outputs = HelmEngine(at).outputs()
    assert outputs.values["password"] == "correct-horse"
    assert outputs.secret == {"password"}
    assert "correct-horse" not in repr(outputs)


def test_an_explanation_has_the_pods_state_its_events_and_last_lines_without_secrets(api: FakeApi) -> None:
    api.put(space("demo-app"))
    labels = {"matchLabels": {"app": "a"}}
    deployment = manifest("Deployment", "web", spec={"replicas": 1, "selector": labels}, status={})
    api.put(deployment)
    state = {
        "name": "main",
        "restartCount": 4,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}},
    }
    pod = manifest("Pod", "web-1", metadata={"labels": {"app": "a"}}, status={"containerStatuses": [state]})
    api.put(pod)
    event = manifest("Event", "e", involvedObject={"name": "web-1"}, reason="BackOff", message="back-off restarting")
    api.put(event)
    api.logs = "starting\ncan't sign in with correct-horse\n"
    text = explain(api, [deployment], ["correct-horse"])
    assert "Deployment demo-app/web: 0 of 1 pods are of the new version" in text
    assert "container main: CrashLoopBackOff, ended before with status 3 (Error), 4 restarts" in text
    assert "| can't sign in with [secret]" in text
    assert "event BackOff: back-off restarting" in text
