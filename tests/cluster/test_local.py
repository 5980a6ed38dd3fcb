"""The whole environment `local` through the helm engine, on a real API server: what a platform engineer would try."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.paths import environment_dir
from infra.toolchain import ControlPlane
from tests.cluster.commands import Commands, use_settings
from tests.cluster.graphs import edited
from tests.cluster.kubectl import get, kubectl

pytestmark = pytest.mark.needs_cluster
NAMESPACES = [f"mlops-{name}" for name in ("system", "object-storage", "registry", "database", "tracking")]
UP = ("up", "local", "--engine", "helm", "--yes")
OURS = "app.kubernetes.io/managed-by=Helm"
KINDS = (
    "deployments,statefulsets,jobs,cronjobs,configmaps,secrets,services,serviceaccounts,networkpolicies,"
    "persistentvolumeclaims"
)


@pytest.fixture(scope="module", autouse=True)
def fresh_stacks(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[pytest.MonkeyPatch, Path]]:
    folder = tmp_path_factory.mktemp("stacks")
    with pytest.MonkeyPatch.context() as patch:
        use_settings(patch, folder, {})
        yield patch, folder


@pytest.fixture
def groundwork(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


@pytest.fixture
def local(groundwork: Commands, fresh_stacks: tuple[pytest.MonkeyPatch, Path]) -> Commands:
    """Commands, on an environment that is up as its settings say."""
    use_settings(*fresh_stacks, {})
    assert groundwork.run(*UP) == 0, groundwork.err
    return groundwork


def ours(plane: ControlPlane) -> dict[str, str]:
    """Every object that belongs to the environment, and its version."""
    metadata = [(i["kind"], i["metadata"]) for i in get(plane, KINDS, "--all-namespaces", "-l", OURS)["items"]]
    return {f"{kind} {data['namespace']}/{data['name']}": data["resourceVersion"] for kind, data in metadata}


def named(plane: ControlPlane, kind: str, namespace: str, name: str) -> Any:
    return get(plane, kind, name, "-n", namespace)


def test_a_preview_of_what_is_not_installed_creates_everything_and_changes_nothing(
    control_plane: ControlPlane, groundwork: Commands
) -> None:
    changes = groundwork.changed("preview", "local", "--engine", "helm")
    assert set(changes.values()) == {"create"}
    assert "StatefulSet mlops-database/database" in changes
    assert ours(control_plane) == {}
    assert not get(control_plane, "namespaces", "-l", OURS)["items"]


def test_everything_is_admitted_under_restricted_and_becomes_ready(
    control_plane: ControlPlane, local: Commands
) -> None:
    for name in NAMESPACES:
        labels = named(control_plane, "namespace", "default", name)["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
        warnings = get(control_plane, "events", "-n", name, "--field-selector", "type=Warning,reason=FailedCreate")
        assert warnings["items"] == []
    pods = [pod for name in NAMESPACES for pod in get(control_plane, "pods", "-n", name)["items"]]
    assert pods
    assert {pod["status"]["phase"] for pod in pods} <= {"Running", "Succeeded"}
    claims = get(control_plane, "pvc", "--all-namespaces", "-l", OURS)["items"]
    assert {claim["status"]["phase"] for claim in claims} == {"Bound"}


def test_up_says_where_it_runs_how_to_see_credentials_and_what_is_simulated(local: Commands) -> None:
    assert local.run(*UP) == 0
    assert "local is up on the simulated cluster" in local.out
    assert "groundwork outputs local --show-secrets" in local.out
    assert "port-forward service/tracking" in local.out
    assert "Simulated" in local.out


def test_a_second_up_changes_nothing(control_plane: ControlPlane, local: Commands) -> None:
    before = ours(control_plane)
    releases = get(control_plane, "secrets", "-n", "mlops-system", "-l", "owner=helm")["items"]
    assert local.changed(*UP) == {}
    assert local.changed("preview", "local") == {}
    assert ours(control_plane) == before
    assert len(get(control_plane, "secrets", "-n", "mlops-system", "-l", "owner=helm")["items"]) == len(releases)


def test_a_changed_setting_changes_only_what_depends_on_it(
    control_plane: ControlPlane, local: Commands, fresh_stacks: tuple[pytest.MonkeyPatch, Path]
) -> None:
    before = ours(control_plane)
    use_settings(*fresh_stacks, {"registry": {"replicas": 2}})
    plan = local.json("preview", "local")["changes"]
    deployment = next(c for c in plan if c["type"] == "kubernetes:apps/v1:Deployment" and c["component"] == "registry")
    assert deployment["action"] == "update"
    assert "spec.replicas" in deployment["paths"]
    assert {c["component"] for c in plan if c["action"] != "unchanged"} == {"registry"}
    assert local.run(*UP) == 0, local.err
    assert named(control_plane, "deployment", "mlops-registry", "registry")["status"]["readyReplicas"] == 2
    after = ours(control_plane)
    assert {title for title in before if after.get(title) != before[title]} == {"Deployment mlops-registry/registry"}
    use_settings(*fresh_stacks, {})
    assert local.run(*UP) == 0, local.err
    assert ours(control_plane).keys() == before.keys()


def test_hand_made_drift_is_found_and_the_next_up_repairs_it(control_plane: ControlPlane, local: Commands) -> None:
    kubectl(control_plane, "scale", "deployment", "registry", "-n", "mlops-registry", "--replicas=3")
    secret = named(control_plane, "secret", "mlops-object-storage", "object-storage-root")
    key = sorted(secret["data"])[0]
    patch = f'{{"data":{{"{key}":"aGFuZA=="}}}}'
    kubectl(control_plane, "patch", "secret", "object-storage-root", "-n", "mlops-object-storage", "-p", patch)
    kubectl(control_plane, "delete", "service", "tracking", "-n", "mlops-tracking")
    kubectl(control_plane, "set", "env", "deployment/tracking", "-n", "mlops-tracking", "ADDED=by-hand")
    assert local.changed("refresh", "local") == {
        "Deployment mlops-registry/registry": "update",
        "Secret mlops-object-storage/object-storage-root": "update",
        "Service mlops-tracking/tracking": "delete",
        "Deployment mlops-tracking/tracking": "update",
    }
    assert local.run("refresh", "local") == 0
    assert "missing Service mlops-tracking/tracking" in local.out
    assert ".env" in local.out
    assert "aGFuZA" not in local.out
    assert "by-hand" not in local.out
    assert local.run(*UP) == 0, local.err
    assert named(control_plane, "deployment", "mlops-registry", "registry")["spec"]["replicas"] == 1
    repaired = named(control_plane, "secret", "mlops-object-storage", "object-storage-root")
    assert repaired["data"] == secret["data"]
    pods = named(control_plane, "deployment", "mlops-tracking", "tracking")["spec"]["template"]["spec"]["containers"]
    assert "ADDED" not in str(pods)
    assert local.changed("refresh", "local") == {}


def test_what_can_not_be_changed_in_place_is_replaced_and_its_volumes_stay(
    control_plane: ControlPlane, local: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = named(control_plane, "pvc", "mlops-database", "database-data")
    edited(monkeypatch, "StatefulSet", "database", {"spec": {"podManagementPolicy": "Parallel"}})
    plan = local.json("preview", "local")["changes"]
    (change,) = [c for c in plan if c["action"] != "unchanged"]
    assert change["action"] == "replace"
    assert "starts anew" in change["note"]
    assert local.run(*UP) == 0, local.err
    assert (
        named(control_plane, "statefulset", "mlops-database", "database")["spec"]["podManagementPolicy"] == "Parallel"
    )
    assert named(control_plane, "pvc", "mlops-database", "database-data")["metadata"]["uid"] == claim["metadata"]["uid"]


def test_a_volume_is_not_replaced_unless_asked_for(
    control_plane: ControlPlane, local: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    smaller = {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}
    edited(monkeypatch, "PersistentVolumeClaim", "database-data", smaller)
    before = ours(control_plane)
    assert local.run(*UP) == 2
    assert "PersistentVolumeClaim mlops-database/database-data: its data is lost (10Gi)" in local.err
    assert "--allow-data-loss" in local.err
    assert ours(control_plane) == before


def test_what_the_cluster_would_refuse_is_told_before_anything_changes(
    control_plane: ControlPlane, local: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(monkeypatch, "Service", "tracking", {"spec": {"type": "Nonsense"}})
    before = ours(control_plane)
    assert local.run(*UP) == 2
    assert "Service mlops-tracking/tracking" in local.err
    assert "Nonsense" in local.err
    assert "nothing was changed" in local.err
    assert ours(control_plane) == before


def test_a_failure_is_explained_and_the_same_command_goes_on(
    control_plane: ControlPlane, local: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        unsafe = {"spec": {"template": {"spec": {"hostNetwork": True}}}}
        edited(patch, "Deployment", "registry", unsafe)
        assert local.run(*UP, "--timeout", "4") == 1
        assert "Deployment mlops-registry/registry" in local.err
        assert 'violates PodSecurity "restricted' in local.err
        assert "groundwork up local" in local.err
    assert local.run(*UP) == 0, local.err
    assert local.changed("preview", "local") == {}


def test_templates_and_separators_inside_values_arrive_as_they_are(
    control_plane: ControlPlane, local: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'a: {{ .Values.none | required "x" }}\n---\n# Source: b\n{{- fail "rendered" }}\n'
    edited(monkeypatch, "ConfigMap", "registry", {"data": {"note": text}})
    assert local.run(*UP) == 0, local.err
    assert named(control_plane, "configmap", "mlops-registry", "registry")["data"]["note"] == text
    assert local.changed("preview", "local") == {}


def test_secrets_stay_out_of_output_files_and_plans(
    control_plane: ControlPlane, cluster_state: Path, local: Commands
) -> None:
    clear = local.json("outputs", "local", "--show-secrets")
    masked = local.json("outputs", "local")
    secrets = [value for name, value in clear.items() if masked[name] == "[secret]"]
    assert secrets
    assert local.run(*UP) == 0
    told = local.out + local.err
    assert local.run("preview", "local", "--json") == 0
    told += local.out + local.err
    assert not [value for value in secrets if value in told]
    kept = [path for path in environment_dir("local").rglob("*") if path.is_file() and path.name != "root-secret"]
    assert not [path for path in kept for value in secrets if value.encode() in path.read_bytes()]
    assert not [path for path in environment_dir("local").rglob("*") if path.stat().st_mode & 0o077 and path.is_dir()]


def test_the_other_engine_is_refused_with_the_reason(control_plane: ControlPlane, local: Commands) -> None:
    before = ours(control_plane)
    assert local.run("up", "local", "--engine", "pulumi", "--yes") == 2
    assert "installed by the helm engine" in local.err
    assert ours(control_plane) == before


def test_a_machine_without_the_root_secret_is_told_where_it_may_be(
    control_plane: ControlPlane, local: Commands
) -> None:
    before, secret = ours(control_plane), environment_dir("local") / "root-secret"
    elsewhere = secret.rename(secret.with_name("elsewhere"))
    try:
        assert local.run(*UP) == 2
    finally:
        elsewhere.rename(secret)
    assert "its root secret is not on this machine" in local.err
    assert ours(control_plane) == before


def test_what_another_machine_brought_up_takes_more_than_yes_to_destroy(
    control_plane: ControlPlane, local: Commands
) -> None:
    before, memory = ours(control_plane), environment_dir("local") / "cluster.json"
    elsewhere = memory.rename(memory.with_name("elsewhere"))
    try:
        assert local.run("destroy", "local", "--yes") == 2
        assert "groundwork destroy local --confirm local" in local.err
        assert local.run("destroy", "local", "--confirm", "prod") == 2
    finally:
        elsewhere.rename(memory)
    assert ours(control_plane) == before
    assert (environment_dir("local") / "root-secret").exists()


def test_another_environment_is_refused_on_the_same_namespaces(
    control_plane: ControlPlane, local: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kubeconfig = str(control_plane.kubeconfig)
    monkeypatch.setenv("KUBECONFIG", kubeconfig)
    use_settings(monkeypatch, tmp_path, {}, stack="other")
    before = ours(control_plane)
    for command in ("up", "destroy"):
        assert local.run(command, "other", "--context", control_plane.context, "--yes") == 2
        assert "holds the environment 'local'" in local.err
    assert ours(control_plane) == before


def test_a_namespace_that_someone_else_made_is_left_alone(
    control_plane: ControlPlane, groundwork: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(control_plane.kubeconfig))
    kubectl(control_plane, "create", "namespace", "theirs-tracking")
    use_settings(monkeypatch, tmp_path, {"namespace_prefix": "theirs"}, stack="other")
    assert groundwork.run("up", "other", "--context", control_plane.context, "--engine", "helm", "--yes") == 2
    assert "Namespace theirs-tracking: exists already and does not belong to this environment" in groundwork.err
    namespaces = [item["metadata"]["name"] for item in get(control_plane, "namespaces")["items"]]
    assert [name for name in namespaces if name.startswith("theirs")] == ["theirs-tracking"]
    kubectl(control_plane, "delete", "namespace", "theirs-tracking")


def test_another_prefix_is_refused_while_the_environment_stands(
    local: Commands, fresh_stacks: tuple[pytest.MonkeyPatch, Path]
) -> None:
    use_settings(*fresh_stacks, {"namespace_prefix": "moved"})
    assert local.run(*UP) == 2
    assert "namespace_prefix: mlops" in local.err


def test_destroy_lists_data_first_and_leaves_no_object_and_no_volume(
    control_plane: ControlPlane, local: Commands
) -> None:
    assert get(control_plane, "persistentvolumes")["items"]
    assert local.run("destroy", "local", "--yes") == 0, local.err
    assert "root secret is deleted" in local.out
    assert not (environment_dir("local") / "root-secret").exists()
    assert local.err.index("PersistentVolumeClaim mlops-database/database-data") < local.err.index("Namespaces")
    assert "its data is lost (10Gi)" in local.err
    assert ours(control_plane) == {}
    names = {item["metadata"]["name"] for item in get(control_plane, "namespaces")["items"]}
    assert not names & set(NAMESPACES)
    claims = [volume["spec"]["claimRef"]["namespace"] for volume in get(control_plane, "persistentvolumes")["items"]]
    assert not set(claims) & set(NAMESPACES)
    assert local.run("destroy", "local", "--yes") == 0
    assert "nothing to destroy" in local.out
