"""`groundwork cluster`, `tools` and `env`, as a person or a script uses them."""

import json
from pathlib import Path

import pytest
import yaml

from infra.cli.app import run
from infra.engines.places import remember
from infra.paths import environment_dir
from infra.toolchain.existing import ExistingControlPlane
from infra.toolchain.record import cluster_dir
from infra.toolchain.versions import TOOLS
from tests.unit.toolchain.conftest import Fake


def test_listing_tells_every_tool_and_why_one_is_missing(
    fake: Fake, go: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake("kind", "echo kind v0.31.0")
    fake("kubectl", "echo v1.20.0")
    assert run(["tools", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows.keys() == TOOLS.keys()
    assert rows["kind"]["version"] == "0.31.0"
    assert "is 1.20.0, not 1.35.0 to 1.38.0" in rows["kubectl"]["whyMissing"]
    assert run(["tools", "list"]) == 0
    assert "missing (not on PATH)" in capsys.readouterr().out
    assert not go.exists()


def test_getting_prints_paths_for_scripts_and_progress_apart(go: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tools", "get", "helm", "--json"]) == 0
    printed = capsys.readouterr()
    assert Path(json.loads(printed.out)["helm"]).exists()
    assert "helm 4.3.1 (build 1 of 1)" in printed.err


def test_getting_offline_exits_2_and_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tools", "get", "helm", "--offline"]) == 2
    assert "error: offline, and these tools are missing" in capsys.readouterr().err


def test_the_state_of_what_is_not_there_is_json_and_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cluster", "status", "local", "--json"]) == 1
    state = json.loads(capsys.readouterr().out)
    assert (state["state"], state["kind"], state["context"]) == ("absent", "simulated", "groundwork-local")


def test_a_misspelt_stack_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cluster", "start", "locl"]) == 2
    assert "did you mean `local`" in capsys.readouterr().err


def test_starting_offline_without_tools_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cluster", "start", "local", "--offline"]) == 2
    assert "kube-apiserver" in capsys.readouterr().err
    assert not cluster_dir("local").exists()


def test_deleting_needs_the_environments_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster_dir("local").mkdir(parents=True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "yes")
    assert run(["cluster", "delete", "local"]) == 2
    assert "nothing was removed" in capsys.readouterr().err
    assert cluster_dir("local").exists()
    assert run(["cluster", "delete", "local", "--yes"]) == 0
    assert not cluster_dir("local").exists()


def test_a_shell_can_evaluate_env(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "local"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"export KUBECONFIG={cluster_dir('local')}/kubeconfig"


def test_env_leads_to_the_cluster_that_an_up_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    users = tmp_path / "users-kubeconfig"
    users.write_text("{apiVersion: v1, kind: Config, current-context: mine, contexts: [{name: mine}, {name: k3s}]}")
    monkeypatch.setenv("KUBECONFIG", str(users))
    remember(environment_dir("local"), ExistingControlPlane("local", "k3s", offline=True, on_progress=print))
    assert run(["env", "local", "--json"]) == 0
    kubeconfig = json.loads(capsys.readouterr().out)["KUBECONFIG"]
    assert yaml.safe_load(Path(kubeconfig).read_text())["current-context"] == "k3s"
    assert yaml.safe_load(users.read_text())["current-context"] == "mine"
