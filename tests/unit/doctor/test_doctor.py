"""`groundwork doctor`: this machine, the secrets, Terraform's sources; and how it ends."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra import paths
from infra.cli.app import run
from infra.doctor import Check, Verdict, machine, secrets, support, terraform
from infra.settings import load
from infra.toolchain import control_planes
from infra.toolchain.control_planes import Status
from tests.unit.terraform.states import state

LOCAL = """\
config:
  groundwork:environment:
    profile: small
    storage_class: fast-ssd
    cluster: {kind: CLUSTER}
    terraform:
      sources:
        network:
          location: network.tfstate
          lineage: 8d4f8def-2c27-d177-65fe-19d13ec49059
          serial: 3
          values: {storage_class: output.class, tracking.hosts: output.hosts}
    tracking: {hosts: [mlflow.example.com]}
"""
OUTPUTS: dict[str, Any] = {"class": "fast-ssd", "hosts": ["mlflow.example.com"]}


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One local stack, `this`, on a machine that has everything."""
    for name in ("GROUNDWORK_STATE", "GROUNDWORK_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr(paths, "STACKS", tmp_path)
    monkeypatch.setattr(machine, "find", lambda tool: Path("/usr/bin") / tool.name)
    monkeypatch.setattr(machine, "docker_runs", lambda: False)
    monkeypatch.setattr(control_planes, "docker_runs", lambda: False)
    (tmp_path / "Pulumi.this.yaml").write_text(LOCAL.replace("CLUSTER", "auto"))
    (tmp_path / "network.tfstate").write_text(state(outputs=OUTPUTS))
    return tmp_path


def _verdicts(checks: Any) -> dict[str, tuple[str, str]]:
    return {check.subject: (check.verdict.value, check.message) for check in checks}


def test_a_machine_that_has_everything_has_no_problem(stacks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "this"]) == 0
    out = capsys.readouterr().out
    assert "ok          tools       etcd: /usr/bin/etcd" in out
    assert "this: " in out and " 0 problem" in out


def test_a_problem_ends_with_1_and_json_tells_it(
    stacks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "find", lambda tool: None)
    assert run(["doctor", "this", "--json", "--offline"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["stack"] == "this"
    assert report["counts"]["problem"] == sum(1 for check in report["checks"] if check["verdict"] == "problem") > 0
    helm = next(check for check in report["checks"] if check["subject"] == "helm")
    assert helm["message"].endswith("offline")
    assert helm["remedy"] == "groundwork tools get helm"


def test_a_stack_that_does_not_load_is_bad_input(stacks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (stacks / "Pulumi.this.yaml").write_text(LOCAL.replace("CLUSTER", "kindd"))
    assert run(["doctor", "this"]) == 2
    assert "did you mean `kind`?" in capsys.readouterr().err


def test_a_tool_that_can_be_had_is_no_problem(stacks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "find", lambda tool: None)
    found = _verdicts(machine.examine(load("this", stacks_dir=stacks), offline=False))
    assert found["helm"][0] == "ok"
    assert found["helm"][1].endswith("it is downloaded or built at first")


def test_kind_without_docker_is_a_problem(stacks: Path) -> None:
    (stacks / "Pulumi.this.yaml").write_text(LOCAL.replace("CLUSTER", "kind"))
    found = _verdicts(machine.examine(load("this", stacks_dir=stacks), offline=False))
    assert found["docker"] == ("problem", "no Docker daemon answers")
    assert "etcd" not in found


@pytest.mark.parametrize(("state_", "verdict"), [("running", "ok"), ("degraded", "warning"), ("absent", "problem")])
def test_a_cluster_of_somebody_s_own_must_answer(
    state_: Any, verdict: str, stacks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plane:
        def status(self) -> Status:
            return Status("existing", state_, "prod", "kubeconfig", False, "as it is")

    text = LOCAL.replace("{kind: CLUSTER}", "{kind: existing, context: prod}")
    (stacks / "Pulumi.this.yaml").write_text(text)
    monkeypatch.setattr(machine, "control_plane", lambda *_, **__: Plane())
    stack = load("this", stacks_dir=stacks)
    assert _verdicts(machine.examine(stack, offline=False))["prod"] == (verdict, f"{state_}: as it is")
    assert _verdicts(machine.examine(stack, offline=True))["prod"] == ("not checked", "offline")


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(("free", "verdict"), [(100, "ok"), (5, "warning"), (1, "problem")])
def test_disks_need_room(free: int, verdict: str, stacks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage(0, 0, free * 2**30))
    checks = [c for c in machine.examine(load("this", stacks_dir=stacks), offline=True) if c.area == "disk"]
    assert {check.verdict.value for check in checks} == {verdict}


def test_encrypted_values_that_are_not_set_are_named(stacks: Path) -> None:
    (stacks / "Pulumi.this.yaml").write_text(
        "config:\n  groundwork:environment: {profile: small, root_secret: {kind: config}}\n"
    )
    ((subject, (verdict, message)),) = _verdicts(secrets.examine(load("this", stacks_dir=stacks))).items()
    assert (subject, verdict) == ("groundwork:root_secret", "problem")
    assert "pulumi config set --secret groundwork:root_secret" in message


def test_a_machine_s_secret_that_others_may_read_is_a_problem(stacks: Path) -> None:
    folder = stacks / "GROUNDWORK_STATE" / "environments" / "this"
    folder.mkdir(parents=True)
    (folder / "root-secret").write_bytes(b"x" * 32)
    (folder / "root-secret").chmod(0o644)
    ((verdict, message),) = _verdicts(secrets.examine(load("this", stacks_dir=stacks))).values()
    assert verdict == "problem"
    assert "chmod 600" in message


Told = dict[str, tuple[str, str]]


@pytest.fixture
def told(stacks: Path) -> Callable[..., Told]:
    """What is said of Terraform's source, with another text of its state."""

    def call(text: str | None, *, offline: bool = False) -> Told:
        file = stacks / "network.tfstate"
        file.unlink()
        if text is not None:
            file.write_text(text)
        return _verdicts(terraform.examine(load("this", stacks_dir=stacks), offline=offline))

    return call


def test_a_source_that_says_the_same_is_fine_whatever_its_serial(told: Callable[..., Told]) -> None:
    assert told(state(outputs=OUTPUTS)) == {"network": ("ok", "2 values are as they were")}
    assert told(state(outputs=OUTPUTS, serial=9)) == {
        "network": ("ok", "2 values are as they were; serial 9, read at 3")
    }


def test_a_source_that_has_moved_on_is_a_problem_key_by_key(told: Callable[..., Told]) -> None:
    assert told(state(outputs={**OUTPUTS, "class": "faster-ssd"})) == {
        "storage_class": ("problem", "the source has moved on: output.class is another value now")
    }
    assert told(state(outputs={**OUTPUTS, "hosts": ["ml.example.com"]})) == {
        "tracking.hosts": ("problem", "the source has moved on: output.hosts is another value now")
    }


def test_an_output_that_is_gone_is_a_problem(told: Callable[..., Told]) -> None:
    found = told(state(outputs={"hosts": OUTPUTS["hosts"]}))
    assert found["storage_class"][0] == "problem"
    assert found["storage_class"][1].startswith("its source is gone: the state has no output `class`")


def test_another_state_in_its_place_is_a_problem(told: Callable[..., Told]) -> None:
    found = told(state(outputs=OUTPUTS).replace("8d4f8def", "00000000"))
    assert found["network"][0] == "problem"
    assert "another state is there now" in found["network"][1]


def test_a_source_that_can_t_be_read_is_a_warning(told: Callable[..., Told]) -> None:
    assert told(None)["network"][0] == "warning"


def test_what_came_through_a_pipe_or_from_afar_is_not_checked(stacks: Path) -> None:
    file = stacks / "Pulumi.this.yaml"
    text = file.read_text()
    file.write_text(text.replace("          location: network.tfstate\n", ""))
    (piped,) = terraform.examine(load("this", stacks_dir=stacks), offline=False)
    assert piped.verdict is Verdict.UNKNOWN
    assert "groundwork terraform read - this --name network --check" in piped.remedy
    file.write_text(text.replace("network.tfstate", "s3://states/network.tfstate"))
    (afar,) = terraform.examine(load("this", stacks_dir=stacks), offline=True)
    assert (afar.verdict, afar.message) == (Verdict.UNKNOWN, "offline")


@pytest.mark.parametrize(
    ("today", "verdicts"),
    [
        (date(2026, 6, 1), []),
        (date(2026, 11, 1), ["warning"]),
        (date(2027, 2, 1), ["problem"]),
    ],
)
def test_the_end_of_a_version_s_support_is_told_in_time(today: date, verdicts: list[str], stacks: Path) -> None:
    text = (paths.PROJECT / "stacks" / "Pulumi.prod.yaml").read_text()
    (stacks / "Pulumi.this.yaml").write_text(text.replace("kind: eks\n", 'kind: eks\n      version: "1.34"\n'))
    found = support.examine(load("this", stacks_dir=stacks), today)
    assert [check.verdict.value for check in found if check.subject.endswith("cluster.version")] == verdicts


def test_prod_without_credentials_says_so_and_checks_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert run(["doctor", "prod", "--json"]) == 1
    checks = [Check(**{**c, "verdict": Verdict(c["verdict"])}) for c in json.loads(capsys.readouterr().out)["checks"]]
    by_area = {(check.area, check.subject): check for check in checks}
    assert by_area["account", "credentials"].message == "there are no AWS credentials here"
    assert by_area["account", "everything else"].verdict is Verdict.UNKNOWN
    assert {"tools", "disk", "secrets"} <= {check.area for check in checks}
