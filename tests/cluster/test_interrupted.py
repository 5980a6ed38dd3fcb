"""`kill -9` during `up` at random moments, and Ctrl-C: the next `up` converges each time.

`GROUNDWORK_SEED` repeats a run's moments; `GROUNDWORK_TEST_KILLS` says how many there are (20 is a thorough run).
"""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from infra.toolchain import ControlPlane
from tests.cluster.commands import Commands, run_alone, use_settings
from tests.cluster.kubectl import get

pytestmark = pytest.mark.needs_cluster
ROUNDS = int(os.environ.get("GROUNDWORK_TEST_KILLS", "4"))
FROM_NOTHING = {0, 7, 14}
"""Rounds that begin without an installation."""
PREFIX = "cut"
UP = ("up", "local", "--engine", "helm", "--yes", "--json")
KINDS = "deployments,statefulsets,jobs,configmaps,secrets,services,networkpolicies,persistentvolumeclaims"

# Its children are forked from a process that has imported everything and runs no threads: they begin to work at once.
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["infra.build", "infra.cli.app", "infra.engines.helm", "infra.engines.select"])


def settings(number: int) -> dict[str, Any]:
    """Another one each round, so that there is something to create, to update and to delete."""
    return {
        "namespace_prefix": PREFIX,
        "registry": {"replicas": 1 + number % 2},
        "object_storage": {"buckets": [{"name": f"round-{number}"}]},
        "credential_generations": {"tracking/admin": 1 + number},
    }


def begin(folder: Path, changes: dict[str, Any], *arguments: str) -> BaseProcess:
    process = _server.Process(target=run_alone, args=(folder, changes, arguments))
    process.start()
    return process


@pytest.fixture
def groundwork(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


@pytest.fixture(scope="module")
def folder(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stack files. A test begins with what the one before left; at the end there is no installation."""
    folder = tmp_path_factory.mktemp("stacks")
    yield folder
    process = begin(folder, settings(0), "destroy", "local", "--yes")
    process.join()
    assert process.exitcode == 0


@pytest.fixture(scope="module")
def duration(folder: Path) -> float:
    """Seconds that an `up` from nothing takes here."""
    process, started = begin(folder, settings(0), *UP), time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - started


def assert_converged(plane: ControlPlane, groundwork: Commands) -> None:
    """Everything declared is there and ready, nothing else is, and no release is left half done."""
    assert groundwork.run(*UP) == 0, groundwork.err
    plan = groundwork.json("preview", "local")["changes"]
    assert {change["action"] for change in plan} == {"unchanged"}
    declared = {f"{change['type'].rpartition(':')[2]} {change['name']}" for change in plan}
    ours = get(plane, KINDS, "--all-namespaces", "-l", "app.kubernetes.io/managed-by=Helm")["items"]
    there = {f"{i['kind']} {i['metadata']['namespace']}/{i['metadata']['name']}" for i in ours}
    assert there <= declared
    releases = get(plane, "secrets", "-n", f"{PREFIX}-system", "-l", "owner=helm")["items"]
    states = {int(r["metadata"]["labels"]["version"]): r["metadata"]["labels"]["status"] for r in releases}
    assert states[max(states)] == "deployed"
    assert not [state for state in states.values() if state.startswith("pending")]


def test_a_killed_destroy_is_finished_by_the_next(
    control_plane: ControlPlane, folder: Path, duration: float, groundwork: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_settings(monkeypatch, folder, settings(0))
    process = begin(folder, settings(0), "destroy", "local", "--yes")
    while get(control_plane, "deployments", "-n", f"{PREFIX}-tracking")["items"]:
        assert process.exitcode is None
    process.kill()
    process.join()
    assert groundwork.run("destroy", "local", "--yes") == 0, groundwork.err
    names = [item["metadata"]["name"] for item in get(control_plane, "namespaces")["items"]]
    assert not [name for name in names if name.startswith(PREFIX)]
    claims = [volume["spec"]["claimRef"]["namespace"] for volume in get(control_plane, "persistentvolumes")["items"]]
    assert not [namespace for namespace in claims if namespace.startswith(PREFIX)]


def test_every_killed_up_is_made_good_by_the_next(
    control_plane: ControlPlane, folder: Path, duration: float, groundwork: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = os.environ.get("GROUNDWORK_SEED") or str(random.SystemRandom().randrange(10**9))
    print(f"GROUNDWORK_SEED={seed}")
    moments = random.Random(seed)  # noqa: S311
    lasts = dict.fromkeys((True, False), duration)
    killed = 0
    for number in range(ROUNDS):
        use_settings(monkeypatch, folder, settings(number))
        anew = number in FROM_NOTHING
        if anew:
            assert groundwork.run("destroy", "local", "--yes") == 0, groundwork.err
        begun, started = begin(folder, settings(number), *UP), time.monotonic()
        begun.join(moments.uniform(0, lasts[anew]))
        begun.kill()
        begun.join()
        if begun.exitcode == -signal.SIGKILL:
            killed += 1
        else:
            # It was faster than thought: the next ones are to be met while they work.
            lasts[anew] = time.monotonic() - started
        assert_converged(control_plane, groundwork)
    assert killed > ROUNDS / 2, "most of the runs ended before they were to be killed"


def test_ctrl_c_ends_the_run_at_once_and_the_same_command_goes_on(
    control_plane: ControlPlane, folder: Path, groundwork: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_settings(monkeypatch, folder, settings(ROUNDS))
    begun = begin(folder, settings(ROUNDS), *UP)
    at_work = "owner=helm,status in (pending-install,pending-upgrade)"
    while not get(control_plane, "secrets", "--all-namespaces", "-l", at_work)["items"]:
        assert begun.exitcode is None
    os.kill(begun.pid or 0, signal.SIGINT)
    begun.join()
    assert begun.exitcode == 130
    assert_converged(control_plane, groundwork)
