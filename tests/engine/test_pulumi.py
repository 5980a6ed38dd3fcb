"""The whole environment `local` through the real Pulumi engine: what a platform engineer would try."""

import json
import multiprocessing
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from infra.paths import PROJECT, environment_dir
from infra.toolchain import ControlPlane
from tests.cluster.commands import Commands, run_alone, use_settings
from tests.cluster.kubectl import get, kubectl

pytestmark = pytest.mark.needs_cluster
NAMESPACES = {f"mlops-{name}" for name in ("system", "object-storage", "registry", "database", "tracking")}
UP = ("up", "local", "--engine", "pulumi", "--yes")
KINDS = (
    "deployments,statefulsets,jobs,cronjobs,configmaps,secrets,services,serviceaccounts,networkpolicies,"
    "persistentvolumeclaims"
)
_fresh = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Environment:
    """`local` under test: its control plane, the folder of its stack file, and the commands on it."""

    plane: ControlPlane
    folder: Path
    patch: pytest.MonkeyPatch
    groundwork: Commands

    def settings(self, changes: dict[str, Any]) -> None:
        use_settings(self.patch, self.folder, changes)

    @property
    def objects(self) -> dict[str, str]:
        """Every object that belongs to the environment, and its version."""
        found = get(self.plane, KINDS, "--all-namespaces", "-l", "app.kubernetes.io/part-of=groundwork")["items"]
        metadata = [(i["kind"], i["metadata"]) for i in found]
        return {f"{kind} {data['namespace']}/{data['name']}": data["resourceVersion"] for kind, data in metadata}

    def object(self, kind: str, namespace: str, name: str) -> Any:
        return get(self.plane, kind, name, "-n", namespace)

    @property
    def state(self) -> Path:
        return environment_dir("local") / "pulumi" / ".pulumi" / "stacks" / "groundwork" / "local.json"


@pytest.fixture(scope="module")
def module_patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture
def environment(
    control_plane: ControlPlane,
    module_patch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> Environment:
    """Whatever the test before left, with default settings."""
    at = Environment(control_plane, tmp_path_factory.mktemp("stacks"), module_patch, Commands(capsys))
    at.settings({})
    return at


@pytest.fixture
def local(environment: Environment) -> Environment:
    """The environment, up as its default settings say."""
    assert environment.groundwork.run(*UP) == 0, environment.groundwork.err
    return environment


def test_a_preview_of_what_is_not_installed_creates_everything_and_changes_nothing(environment: Environment) -> None:
    changes = environment.groundwork.changed("preview", "local", "--engine", "pulumi")
    assert set(changes.values()) == {"create"}
    assert "StatefulSet mlops-database/database" in changes
    assert environment.objects == {}


def test_a_second_up_changes_nothing(local: Environment) -> None:
    before = local.objects
    assert before
    assert local.groundwork.changed(*UP) == {}
    assert local.groundwork.changed("preview", "local") == {}
    assert local.objects == before


def test_the_stack_file_stays_as_it_was_and_no_file_holds_a_secret(local: Environment) -> None:
    file = local.folder / "Pulumi.local.yaml"
    before = file.read_bytes()
    assert local.groundwork.run(*UP) == 0
    told = local.groundwork.out + local.groundwork.err
    clear = local.groundwork.json("outputs", "local", "--show-secrets")
    masked = local.groundwork.json("outputs", "local")
    secrets = [value for name, value in clear.items() if masked[name] == "[secret]"]
    assert secrets
    assert file.read_bytes() == before
    kept = [path for path in (environment_dir("local") / "pulumi").rglob("*") if path.is_file()]
    assert not [path for path in kept for value in secrets if value.encode() in path.read_bytes()]
    assert not [value for value in secrets if value in told]
    assert (environment_dir("local") / "pulumi").stat().st_mode & 0o077 == 0


def test_pulumi_by_hand_is_the_same_run(local: Environment) -> None:
    assert local.groundwork.run("env", "local", "--json") == 0
    variables = {**os.environ, **json.loads(local.groundwork.out)}
    copy = environment_dir("local") / "pulumi" / "Pulumi.local.yaml"
    done = subprocess.run(
        ["pulumi", "preview", "-s", "local", "--expect-no-changes", "--non-interactive", "--config-file", copy],
        env=variables,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_setting_changes_only_what_depends_on_it(local: Environment) -> None:
    before = local.objects
    local.settings({"registry": {"replicas": 2}})
    plan = local.groundwork.json("preview", "local")["changes"]
    deployment = next(c for c in plan if c["type"] == "kubernetes:apps/v1:Deployment" and c["component"] == "registry")
    assert deployment["action"] == "update"
    assert "spec.replicas" in deployment["paths"]
    assert {c["component"] for c in plan if c["action"] != "unchanged"} == {"registry"}
    assert local.groundwork.run(*UP) == 0, local.groundwork.err
    assert local.object("deployment", "mlops-registry", "registry")["status"]["readyReplicas"] == 2
    after = local.objects
    assert {title for title in before if after.get(title) != before[title]} == {"Deployment mlops-registry/registry"}


def test_hand_made_drift_is_found_and_the_next_up_repairs_it(local: Environment) -> None:
    kubectl(local.plane, "scale", "deployment", "registry", "-n", "mlops-registry", "--replicas=3")
    kubectl(local.plane, "delete", "service", "tracking", "-n", "mlops-tracking")
    before = local.state.read_bytes()
    assert local.groundwork.changed("refresh", "local") == {
        "Deployment mlops-registry/registry": "update",
        "Service mlops-tracking/tracking": "delete",
    }
    assert local.state.read_bytes() == before
    assert local.groundwork.run(*UP) == 0, local.groundwork.err
    assert local.object("deployment", "mlops-registry", "registry")["spec"]["replicas"] == 1
    assert local.groundwork.changed("refresh", "local") == {}


def test_the_other_engine_is_refused_with_the_reason(local: Environment) -> None:
    before = local.objects
    assert local.groundwork.run("up", "local", "--engine", "helm", "--yes") == 2
    assert "installed by the pulumi engine" in local.groundwork.err
    assert local.objects == before


def test_a_wrong_passphrase_is_said_and_changes_nothing(local: Environment) -> None:
    passphrase = environment_dir("local") / "pulumi" / "passphrase"
    right, state = passphrase.read_text(), local.state.read_bytes()
    passphrase.write_text("another")
    try:
        assert local.groundwork.run(*UP) == 2
        assert str(passphrase) in local.groundwork.err
        assert "not the one" in local.groundwork.err
        assert local.state.read_bytes() == state
    finally:
        passphrase.write_text(right)


def test_a_damaged_state_is_said_with_the_way_back_and_left_as_it_is(local: Environment) -> None:
    whole = local.state.read_bytes()
    local.state.write_bytes(whole[: len(whole) // 2])
    try:
        assert local.groundwork.run(*UP) == 2
        assert "is damaged" in local.groundwork.err
        assert f"cp {local.state}.bak {local.state}" in local.groundwork.err
        assert local.state.read_bytes() == whole[: len(whole) // 2]
    finally:
        local.state.write_bytes(whole)


def begun(local: Environment, changes: dict[str, Any], *arguments: str) -> BaseProcess:
    process = _fresh.Process(target=run_alone, args=(local.folder, changes, arguments))
    process.start()
    return process


def another(number: int) -> dict[str, Any]:
    """Settings that create, update and delete."""
    return {
        "object_storage": {"buckets": [{"name": f"round-{number}"}]},
        "registry": {"replicas": 1 + number % 2},
        "credential_generations": {"tracking/admin": 1 + number},
    }


@pytest.mark.parametrize("steps", [1, 12, 40])
def test_a_killed_up_is_made_good_by_the_next(environment: Environment, steps: int) -> None:
    """Killed with `kill -9` once so many resources are in the state."""
    assert environment.groundwork.run("destroy", "local", "--yes") == 0, environment.groundwork.err
    process = begun(environment, another(steps), *UP)
    while len(recorded(environment.state)) < steps:
        assert process.exitcode is None
    process.kill()
    process.join()
    environment.settings(another(steps + 1))
    assert environment.groundwork.run(*UP) == 0, environment.groundwork.err
    assert environment.groundwork.changed("preview", "local") == {}
    planned = environment.groundwork.json("preview", "local")["changes"]
    declared = {f"{c['type'].rpartition(':')[2]} {c['name']}" for c in planned}
    assert set(environment.objects) <= declared
    assert not json.loads(environment.state.read_bytes())["checkpoint"]["latest"].get("pending_operations")


def test_a_cli_killed_in_the_middle_leaves_a_lock_and_doubts_and_the_next_up_settles_both(
    environment: Environment,
) -> None:
    assert environment.groundwork.run("destroy", "local", "--yes") == 0, environment.groundwork.err
    process = begun(environment, another(1), *UP)
    while len(recorded(environment.state)) < 20:
        assert process.exitcode is None
    locks = environment_dir("local") / "pulumi" / ".pulumi" / "locks"
    (lock,) = locks.rglob("*.json")
    os.kill(json.loads(lock.read_bytes())["pid"], signal.SIGKILL)
    process.join()
    assert process.exitcode == 1
    assert lock.exists()
    assert json.loads(environment.state.read_bytes())["checkpoint"]["latest"]["pending_operations"]
    environment.settings(another(2))
    assert environment.groundwork.run(*UP) == 0, environment.groundwork.err
    assert not lock.exists()
    assert not json.loads(environment.state.read_bytes())["checkpoint"]["latest"].get("pending_operations")
    planned = environment.groundwork.json("preview", "local")["changes"]
    assert {change["action"] for change in planned} == {"unchanged"}
    assert set(environment.objects) <= {f"{c['type'].rpartition(':')[2]} {c['name']}" for c in planned}


def test_what_does_not_become_ready_is_explained_and_the_same_command_goes_on(local: Environment) -> None:
    local.settings({"registry": {"resources": {"cpu": "900", "cpu_limit": "900"}}})
    assert local.groundwork.run(*UP, "--timeout", "45") == 1
    assert "not everything was ready after 45 s" in local.groundwork.err
    assert "Deployment mlops-registry/registry" in local.groundwork.err
    assert "Insufficient cpu" in local.groundwork.err
    assert "groundwork up local" in local.groundwork.err
    local.settings({})
    assert local.groundwork.run(*UP) == 0, local.groundwork.err
    assert local.groundwork.changed("preview", "local") == {}


def test_ctrl_c_ends_a_run_and_the_same_command_goes_on(environment: Environment) -> None:
    assert environment.groundwork.run("destroy", "local", "--yes") == 0, environment.groundwork.err
    process = begun(environment, {}, *UP)
    while len(recorded(environment.state)) < 12:
        assert process.exitcode is None
    os.kill(process.pid or 0, signal.SIGINT)
    process.join()
    assert process.exitcode == 130
    assert environment.groundwork.run(*UP) == 0, environment.groundwork.err
    assert environment.groundwork.changed("preview", "local") == {}


def recorded(state: Path) -> list[Any]:
    try:
        latest = json.loads(state.read_bytes())["checkpoint"]["latest"]
    except (OSError, ValueError):
        return []
    return [r for r in (latest or {}).get("resources") or [] if r.get("custom")]


def test_destroy_lists_data_first_and_leaves_no_object_and_no_volume(local: Environment) -> None:
    assert get(local.plane, "persistentvolumes")["items"]
    assert local.groundwork.run("destroy", "local", "--yes") == 0, local.groundwork.err
    assert "its data is lost (10Gi)" in local.groundwork.err
    assert local.objects == {}
    assert not {item["metadata"]["name"] for item in get(local.plane, "namespaces")["items"]} & NAMESPACES
    assert get(local.plane, "persistentvolumes")["items"] == []
    assert local.groundwork.run("destroy", "local", "--yes") == 0
    assert "nothing to destroy" in local.groundwork.out
