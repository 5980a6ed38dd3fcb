"""`groundwork graph`, `render` and `diff`, as a person or a script meets them."""

import json
from pathlib import Path

import pytest

from infra.cli.app import run
from infra.graph import Graph


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("GROUNDWORK_CACHE", str(tmp_path / "cache"))


def test_graph_draws_every_component_of_the_stack(capsys: pytest.CaptureFixture[str], local_graph: Graph) -> None:
    assert run(["graph", "local"]) == 0
    drawn = capsys.readouterr().out
    assert drawn.startswith("local: ")
    assert [r.name for r in local_graph if not r.custom and f" {r.name} (" not in drawn] == []


def test_graph_prints_json_for_scripts(capsys: pytest.CaptureFixture[str], local_graph: Graph) -> None:
    assert run(["graph", "local", "--json"]) == 0
    resources = json.loads(capsys.readouterr().out)["resources"]
    assert [resource["urn"] for resource in resources] == [resource.urn for resource in local_graph]


def test_render_writes_a_file_an_object_without_secrets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["render", "local", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "left out, because they hold secrets" in printed.out
    assert "placeholder" in printed.err
    assert (out / "kustomization.yaml").is_file()
    first = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert [p for p in first if p.name.startswith("secret-")] == []
    assert run(["render", "local", "--out", str(out)]) == 0
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == first


def test_render_shows_no_secret_of_an_environment_that_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["render", "local", "--out", str(tmp_path / "out"), "--show-secrets"]) == 2
    assert "has no root secret on this machine yet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_render_with_secrets_needs_no_more_than_the_environments_own(tmp_path: Path) -> None:
    secret = tmp_path / "state" / "environments" / "local" / "root-secret"
    secret.parent.mkdir(parents=True)
    secret.write_bytes(b"x" * 32)
    secret.chmod(0o600)
    out = tmp_path / "out"
    assert run(["render", "local", "--out", str(out), "--show-secrets"]) == 0
    shown = [p for p in out.rglob("secret-*.yaml")]
    assert shown
    assert {p.stat().st_mode & 0o777 for p in shown} == {0o600}


def test_diff_compares_a_file_with_a_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["graph", "local", "--json"])
    text = capsys.readouterr().out
    (tmp_path / "old.json").write_text(text.replace('"replicas": 1', '"replicas": 7', 1))
    assert run(["diff", str(tmp_path / "old.json"), "local"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["    spec.replicas", "1 update"]
    assert run(["diff", str(tmp_path / "old.json"), "local", "--json"]) == 0
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert (change["action"], change["paths"]) == ("update", ["spec.replicas"])


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_environments_on_aws_need_neither_account_nor_passphrase_to_be_looked_at(
    stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(variable, raising=False)
    assert run(["check", stack]) == 0
    assert run(["graph", stack]) == 0
    assert run(["render", stack, "--out", str(tmp_path / "out")]) == 0
    assert run(["diff", "local", stack]) == 0


def test_diff_of_the_same_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["graph", "local", "--json"])
    (tmp_path / "same.json").write_text(capsys.readouterr().out)
    assert run(["diff", str(tmp_path / "same.json"), "local"]) == 0
    assert capsys.readouterr().out == "no difference\n"


@pytest.mark.parametrize(
    "command", [["graph", "nowhere"], ["render", "nowhere", "--out", "x"], ["diff", "nowhere", "local"]]
)
def test_a_stack_that_is_not_there_is_named(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command) == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "missing.json", "local"]) == 2
    assert "missing.json can't be read: No such file" in capsys.readouterr().err
