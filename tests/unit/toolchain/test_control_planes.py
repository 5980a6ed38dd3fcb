"""Which control plane an environment gets, and what is said when it can't."""

import os
import stat
from pathlib import Path

import pytest
import yaml

from infra.errors import RunFailed, UserError
from infra.paths import cache_dir
from infra.settings.capabilities import AutoCluster, ExistingCluster, KindCluster, SimulatedCluster
from infra.toolchain import control_plane
from infra.toolchain.exports import exports, shell_lines
from infra.toolchain.kubeconfig import merge_into_user_kubeconfig
from infra.toolchain.record import Record, cluster_dir, read_record, write_private, write_record
from infra.toolchain.simulated.kwokctl import PORTS, free_ports, is_free
from infra.toolchain.simulated.nodes import GPU, ZONES, nodes
from tests.unit.toolchain.conftest import Fake

# A Docker whose only containers are kind's nodes, and a kind that makes them: files in a folder say which run.
DOCKER = """
mkdir=/bin/mkdir; cd "$FAKE_NODES"
case "$1" in
  info) echo 28.1.1 ;;
  ps) for node in *; do [ -e "$node" ] && { read -r state < "$node"; echo "$node $state"; }; done ;;
  start) shift; for node; do echo running > "$node"; done ;;
  stop) shift; for node; do echo exited > "$node"; done ;;
esac
exit 0
"""
KIND = """
case "$1 $2" in
  version*) echo kind v0.33.0 ;;
  "create cluster") echo "$@" >> "$FAKE_NODES.log"; [ -z "$FAKE_KIND_FAILS" ] || { echo no image >&2; exit 1; }
    echo running > "$FAKE_NODES/groundwork-dev-control-plane" ;;
  "delete cluster") /bin/rm -f "$FAKE_NODES"/* ;;
  "get kubeconfig") echo "current-context: kind-groundwork-dev" ;;
esac
"""
KUBECTL = '[ "$1" = version ] && echo "Client Version: v1.36.3"; exit 0'


@pytest.fixture
def docker(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Docker, kind and kubectl; returns the file with a line for each cluster made."""
    containers = tmp_path / "nodes"
    containers.mkdir()
    monkeypatch.setenv("FAKE_NODES", str(containers))
    fake("docker", DOCKER)
    fake("kind", KIND)
    fake("kubectl", KUBECTL)
    return tmp_path / "nodes.log"


def test_automatic_is_kind_where_docker_runs(docker: Path) -> None:
    plane = control_plane(AutoCluster(), "dev")
    assert (plane.kind, plane.simulated) == ("kind", False)


@pytest.mark.parametrize("body", ["exit 1", "echo", "echo Cannot connect to the Docker daemon", "exec /nowhere"])
def test_automatic_is_simulated_where_docker_is_only_a_command(fake: Fake, body: str) -> None:
    fake("docker", body)
    plane = control_plane(AutoCluster(), "dev")
    assert (plane.kind, plane.simulated) == ("simulated", True)


def test_an_environment_keeps_its_kind_when_docker_appears(docker: Path) -> None:
    write_record("dev", Record(kind="simulated"))
    assert control_plane(AutoCluster(), "dev").kind == "simulated"
    with pytest.raises(UserError, match="groundwork cluster delete dev --kind simulated"):
        control_plane(KindCluster(kind="kind"), "dev")


def test_a_kind_cluster_lives_through_start_stop_and_delete(docker: Path) -> None:
    plane = control_plane(KindCluster(kind="kind"), "dev")
    assert plane.status().state == "absent"
    plane.start()
    assert plane.status().state == "running"
    plane.stop()
    assert plane.status().state == "stopped"
    plane.start()
    assert plane.status().state == "running"
    assert docker.read_text().count("create cluster") == 1
    assert "--kubeconfig" in docker.read_text()
    assert plane.kubeconfig.read_text() == "current-context: groundwork-dev\n"
    assert stat.S_IMODE(plane.kubeconfig.stat().st_mode) == 0o600
    plane.delete()
    assert plane.status().state == "absent"
    assert not cluster_dir("dev").exists()


def test_a_kind_cluster_that_was_never_finished_is_made_anew(docker: Path, tmp_path: Path) -> None:
    (tmp_path / "nodes" / "groundwork-dev-control-plane").write_text("running\n")
    control_plane(KindCluster(kind="kind"), "dev").start()
    assert docker.read_text().count("create cluster") == 1


def test_a_kind_cluster_that_can_not_be_made_says_why(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_KIND_FAILS", "1")
    with pytest.raises(RunFailed, match="kind create cluster: no image"):
        control_plane(KindCluster(kind="kind"), "dev").start()


def test_kind_without_docker_says_so_before_anything_is_got(cache: Path) -> None:
    with pytest.raises(UserError, match=r"no Docker daemon answers.*\n.*kind: simulated"):
        control_plane(KindCluster(kind="kind"), "dev").start()
    assert not cache.exists()


def test_an_existing_context_that_is_not_there_is_answered_with_those_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump({"contexts": [{"name": "edge", "context": {}}]}))
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    plane = control_plane(ExistingCluster(kind="existing", context="egde"), "prod")
    with pytest.raises(UserError) as error:
        plane.start()
    message = str(error.value)
    assert f"stacks/Pulumi.prod.yaml: cluster.context `egde`: there is no context `egde` in {kubeconfig}" in message
    assert "Contexts there: edge" in message


@pytest.mark.parametrize("text", ["contexts: [", "just words", "- a list"])
def test_a_broken_kubeconfig_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(text)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    with pytest.raises(UserError, match=f"{kubeconfig} is not a kubeconfig"):
        control_plane(ExistingCluster(kind="existing", context="edge"), "prod").start()


def test_an_existing_server_that_does_not_answer_is_named(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump({"contexts": [{"name": "edge", "context": {}}]}))
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    fake("kubectl", '[ "$1" = version ] && { echo v1.36.0; exit; }; echo "dial tcp: connection refused" >&2; exit 1')
    plane = control_plane(ExistingCluster(kind="existing", context="edge"), "prod")
    with pytest.raises(UserError, match="`edge`: the server doesn't answer: dial tcp: connection refused"):
        plane.start()
    assert plane.status().state == "absent"


def test_an_existing_cluster_is_never_stopped_or_deleted() -> None:
    plane = control_plane(ExistingCluster(kind="existing", context="edge"), "prod")
    for action in (plane.stop, plane.delete):
        with pytest.raises(UserError, match="is an existing cluster: Groundwork never"):
            action()


def test_simulated_without_tools_offline_starts_nothing() -> None:
    plane = control_plane(SimulatedCluster(kind="simulated"), "dev", offline=True)
    with pytest.raises(UserError, match=r"(?s)offline, and these tools are missing:.*kube-apiserver 1\.36\.3"):
        plane.start()
    assert plane.status().state == "absent"


def test_a_state_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(UserError, match="GROUNDWORK_STATE"):
        control_plane(SimulatedCluster(kind="simulated"), "dev", offline=True).start()


@pytest.mark.parametrize("text", ["", '{"kind": "simul', "[]", '{"ports": 3}', "\x00"])
def test_a_truncated_record_counts_as_none(text: str) -> None:
    write_record("dev", Record(kind="kind", ports={"etcdPort": 20001}, ready="x"))
    (cluster_dir("dev") / "record.json").write_text(text)
    assert read_record("dev") == Record()


def test_a_lost_record_does_not_turn_a_simulated_environment_into_another(docker: Path) -> None:
    (cluster_dir("dev") / "etcd").mkdir(parents=True)
    assert control_plane(AutoCluster(), "dev").kind == "simulated"


def test_wanted_ports_are_kept_unless_taken() -> None:
    import socket

    first = free_ports({})
    assert len(set(first.values())) == len(PORTS)
    assert free_ports(first) == first
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", first["etcdPort"]))
        assert not is_free(first["etcdPort"])
        again = free_ports(first)
    assert again["etcdPort"] != first["etcdPort"]
    assert again["kubeApiserverPort"] == first["kubeApiserverPort"]


def test_every_zone_has_general_and_gpu_nodes_and_gpus_are_tainted() -> None:
    for zone in ZONES:
        here = [node for node in nodes() if node["metadata"]["labels"]["topology.kubernetes.io/zone"] == zone]
        gpus = [node for node in here if GPU in node["status"]["allocatable"]]
        assert gpus
        assert len(here) > len(gpus)
        assert all(bool(node["spec"]["taints"]) == (node in gpus) for node in here)


def test_merging_keeps_what_the_user_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    monkeypatch.setenv("KUBECONFIG", f"{theirs}{os.pathsep}{tmp_path / 'other'}")
    entry = {"name": "groundwork-local"}
    lists = ("clusters", "users", "contexts")
    theirs.write_text(yaml.safe_dump({"current-context": "work", **{key: [{"name": "work"}, entry] for key in lists}}))
    ours.write_text(
        yaml.safe_dump({"current-context": "groundwork-local", **{key: [{**entry, "new": 1}] for key in lists}})
    )
    assert merge_into_user_kubeconfig(ours) == theirs
    merged = yaml.safe_load(theirs.read_text())
    assert merged["current-context"] == "work"
    assert merged["users"] == [{"name": "work"}, {"name": "groundwork-local", "new": 1}]
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o600


def test_private_files_are_never_readable_by_others(tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.write_text("old")
    target.chmod(0o644)
    write_private(target, "new")
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("new", 0o600)


def test_a_shell_gets_the_kubeconfig_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path / "with space"))
    variables = exports(control_plane(SimulatedCluster(kind="simulated"), "dev").kubeconfig)
    assert f"export KUBECONFIG='{tmp_path}/with space/clusters/dev/kubeconfig'" in shell_lines(variables)
    folders = variables["PATH"].split(os.pathsep)
    assert folders[: len(os.environ["PATH"].split(os.pathsep))] == os.environ["PATH"].split(os.pathsep)
    assert str(cache_dir() / "tools" / "bin") in folders
