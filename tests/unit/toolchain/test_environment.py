"""The scripts' environment: from nothing but Python, quick when it is there, clear when it can't be made."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from infra.paths import PROJECT
from tests.unit.toolchain.conftest import Fake

LOCKS = ("requirements.txt", "requirements-dev.txt")
LOCK = "example==1 --hash=sha256:0\nuv==1 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nwheel==1 --hash=sha256:3\n"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """scripts/_environment.py in a project of its own, without anything to download."""
    scripts = tmp_path / "clone" / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy(PROJECT / "scripts" / "_environment.py", scripts)
    (scripts.parent / "pyproject.toml").write_text("[project]\n")
    (scripts.parent / "requirements.txt").write_text(LOCK)
    spec = importlib.util.spec_from_file_location("environment_script", scripts / "_environment.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def steps(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would make the environment; making it only leaves a Python."""
    commands: list[list[str]] = []

    def run(command: list[str], total: int = 0) -> None:
        commands.append(command)
        script.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        if not script.PYTHON.exists():
            script.PYTHON.symlink_to(sys.executable)

    monkeypatch.setattr(script, "_run", run)
    return commands


def test_it_is_made_once_and_again_when_the_lock_changes(script: ModuleType, steps: list[list[str]]) -> None:
    assert script.main("requirements.txt") == 0
    made = len(steps)
    assert any("--require-hashes" in command for command in steps)
    assert script.main("requirements.txt") == 0
    assert len(steps) == made
    lock = script.PROJECT / "requirements.txt"
    lock.write_text(lock.read_text() + "other==2 --hash=sha256:0\n")
    assert script.main("requirements.txt") == 0
    assert len(steps) > made


def test_an_interrupted_one_is_made_again_even_for_the_lock_before(
    script: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    lock = script.PROJECT / "requirements.txt"
    before = lock.read_text()
    script.main("requirements.txt")
    lock.write_text("other==2 --hash=sha256:0\n")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(script, "_install", interrupted)
        script.main("requirements.txt")
    lock.write_text(before)
    steps.clear()
    script.main("requirements.txt")
    assert any("--require-hashes" in command for command in steps)


@pytest.mark.parametrize("stamp", ["", "{", "[]", '{"requirements.txt": "old"}'])
def test_a_truncated_stamp_counts_as_none(script: ModuleType, steps: list[list[str]], stamp: str) -> None:
    script.main("requirements.txt")
    steps.clear()
    script.STAMP.write_text(stamp)
    script.main("requirements.txt")
    assert steps


def test_a_python_that_vanished_is_replaced(script: ModuleType, steps: list[list[str]]) -> None:
    script.main("requirements.txt")
    steps.clear()
    script.PYTHON.unlink()
    script.main("requirements.txt")
    assert any("venv" in command for command in steps)


def test_offline_no_index_is_asked(script: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_OFFLINE", "1")
    script.main("requirements.txt")
    installing = [command for command in steps if "install" in command]
    assert installing
    assert all({"--no-index", "--offline"} & set(command) for command in installing)


def test_uv_comes_first_and_alone_as_the_lock_pins_it(script: ModuleType, steps: list[list[str]]) -> None:
    script.main("requirements.txt")
    by_pip, by_uv = (command for command in steps if "--require-hashes" in command)
    assert (script.VENV / "uv.txt").read_text() == "uv==1 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\n"
    assert str(script.VENV / "uv.txt") in by_pip
    assert by_uv[0] == str(script.UV)
    assert "requirements.txt" in by_uv


def test_where_uv_can_not_reach_the_index_pip_may(
    script: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = script._run

    def refused(command: list[str], total: int = 0) -> None:
        run(command, total)
        if command[0] == str(script.UV):
            raise SystemExit("error: Failed to fetch")

    monkeypatch.setattr(script, "_run", refused)
    script.main("requirements.txt")
    by_pip = [command for command in steps if "pip" in command and "--require-hashes" in command]
    assert str(script.PROJECT / "requirements.txt") in by_pip[-1]
    assert script._made()


def test_where_pip_is_told_to_look_uv_looks_too(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example.com/simple")
    out = script.PROJECT / "said"
    script._run([sys.executable, "-c", f"import os; open({str(out)!r}, 'w').write(os.environ['UV_DEFAULT_INDEX'])"])
    assert out.read_text() == "https://mirror.example.com/simple"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["OSError: [Errno 28] No space left on device"], "no space left on the disk"),
        (
            ["The virtual environment was not created: ensurepip is not available"],
            "apt install python3-venv|python3-venv",
        ),
        (["x", "ERROR: No matching distribution found for example==1"], r"No matching distribution.*\n.*package index"),
        (
            ["error: Request failed", "  cause: dns error", "hint: y"],
            r"Request failed\n +cause: dns error\n.*package index",
        ),
    ],
)
def test_a_failed_step_says_what_to_do(script: ModuleType, lines: list[str], says: str) -> None:
    text = "; ".join(f"print({line!r})" for line in lines)
    with pytest.raises(SystemExit, match=f"(?s)error: .*({says})"):
        script._run([sys.executable, "-c", f"{text}; raise SystemExit(1)"])


@pytest.mark.parametrize("name", ["up", "groundwork", "test"])
def test_without_a_python_every_script_says_so_and_exits_2(tmp_path: Path, path: Path, fake: Fake, name: str) -> None:
    shutil.copytree(PROJECT / "scripts", tmp_path / "scripts")
    fake("python3", "exit 1")
    for needed in ("bash", "dirname"):
        (path / needed).symlink_to(shutil.which(needed, path=os.defpath) or f"/bin/{needed}")
    done = subprocess.run([tmp_path / "scripts" / name], capture_output=True, text=True)
    assert done.returncode == 2
    assert "no Python >= 3.11" in done.stderr


def test_a_made_environment_costs_only_a_look(script: ModuleType, tmp_path: Path, steps: list[list[str]]) -> None:
    script.main("requirements.txt")
    stamp = json.loads(script.STAMP.read_text())
    assert stamp.keys() == {"requirements.txt"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", script.PROJECT / "scripts" / "_environment.py", "requirements.txt"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_pin_every_package_with_hashes_and_name_no_host(lock: str) -> None:
    text = (PROJECT / lock).read_text()
    requirements = re.split(r"\n(?=[a-z])", re.sub(r"(?m)^#.*\n", "", text))
    for requirement in requirements:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement
    assert "://" not in text
    assert "--index-url" not in re.sub(r"(?m)^#.*\n", "", text)


def test_both_locks_agree() -> None:
    pins = [set(re.findall(r"(?m)^([a-z0-9._-]+==\S+)", (PROJECT / lock).read_text())) for lock in LOCKS]
    assert pins[0] <= pins[1]
