"""Whatever a person gives: a message that says what to do, the right exit code, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import app
from infra.cli.app import COMMANDS, make_app, run
from infra.errors import RunFailed, UserError


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))


@pytest.mark.parametrize("command", ["up", "preview", "refresh", "destroy", "outputs"])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "there is no stack `nowhere`"),
        (["local", "--engine", "tofu"], "--engine tofu"),
        (["local", "--cluster", "existing"], "--context NAME"),
        (["local", "--context", "nowhere"], "there is no context `nowhere`"),
        (["local", "--enginee", "helm"], "--engine"),
        ([], "Missing argument 'stack'"),
    ],
)
def test_bad_input_ends_with_2_and_says_what_to_do(
    command: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, *arguments]) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


@pytest.mark.parametrize("command", ["preview", "refresh", "destroy", "outputs"])
def test_what_was_never_installed_is_told_without_starting_anything(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run([command, "local", "--cluster", "simulated"]) == 2
    assert "`groundwork up local` makes and fills one" in capsys.readouterr().err
    assert not (tmp_path / "state" / "clusters").exists()


def test_a_restore_of_what_rds_backs_up_says_where_to_read_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["restore", "prod", "--database", "tracking"]) == 2
    assert "the database of prod is on RDS" in capsys.readouterr().err


def test_a_server_that_does_not_answer_is_told_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kubeconfig").write_text(
        "{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}],"
        " users: [{name: u, user: {}}], contexts: [{name: dead, context: {cluster: c, user: u}}]}"
    )
    code = run(["up", "local", "--context", "dead", "--yes", "--offline"])
    said = capsys.readouterr().err
    if "kubectl is" in said and "offline" in said:
        pytest.skip("no kubectl on this machine yet")
    assert code == 2
    assert "answer" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UserError("mend it"), 2, "error: mend it"),
        (RunFailed("go on"), 1, "failed: go on"),
        (KeyboardInterrupt(), 130, "the same command goes on"),
        (OSError(28, "No space left on device", "/cache/tools"), 1, "failed: /cache/tools: No space left on device"),
        (ZeroDivisionError(), 1, "a fault of Groundwork itself, ZeroDivisionError"),
    ],
)
def test_every_end_has_its_exit_code(
    error: BaseException, code: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> None:
        raise error

    monkeypatch.setattr(app, "make_app", lambda: lambda *_, **__: failing())
    monkeypatch.delenv("GROUNDWORK_DEBUG", raising=False)
    assert run(["up", "local"]) == code
    assert says in capsys.readouterr().err


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    make_app()
    for command in ("up", "preview", "refresh", "destroy", "outputs"):
        assert run([command, "--help"]) == 0
        assert f"Example: groundwork {command}" in " ".join(capsys.readouterr().out.split())
    assert set(COMMANDS) >= {"up", "preview", "refresh", "destroy", "outputs", "graph", "render"}


def test_help_imports_neither_pulumi_nor_pydantic() -> None:
    code = (
        "import sys\nfrom infra.cli.app import run\nrun(['--help'])\n"
        "heavy = {'pulumi', 'pydantic', 'yaml', 'infra.settings', 'rich.live'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stderr
