"""A simulated control plane: what a platform finds on it, and how it comes back."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings.capabilities import AutoCluster, ExistingCluster, SimulatedCluster
from infra.toolchain import ControlPlane
from infra.toolchain import control_plane as make_control_plane
from infra.toolchain.simulated import processes
from infra.toolchain.simulated.control_plane import SimulatedControlPlane
from tests.cluster.kubectl import apply, get, kubectl, wait

pytestmark = pytest.mark.needs_cluster
SIMULATED = SimulatedCluster(kind="simulated")
POD: dict[str, Any] = {"containers": [{"name": "main", "image": "example/image:1"}]}


@pytest.fixture(scope="module")
def second(cluster_state: Path) -> Iterator[SimulatedControlPlane]:
    own = SimulatedControlPlane("second", offline=True, on_progress=print)
    yield own
    own.delete()


@pytest.fixture
def plane(control_plane: ControlPlane, second: SimulatedControlPlane) -> SimulatedControlPlane:
    """One beside the shared one, which a test may stop and break; it runs at every test's beginning."""
    second.start()
    return second


def _config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"kept": "yes"}}


def _workload(kind: str, name: str, pod: dict[str, Any] = POD, **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            **spec,
        },
    }


def _pid(plane: SimulatedControlPlane, part: str) -> int:
    (pid,) = processes.running(plane.folder / "kwok" / "clusters" / plane.environment / "bin")[part]
    return pid


def test_nodes_are_ready_in_three_zones_and_some_have_gpus(control_plane: ControlPlane) -> None:
    nodes = get(control_plane, "nodes")["items"]
    zones = {node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes}
    assert len(zones) == 3
    for node in nodes:
        ready = {c["type"]: c["status"] for c in node["status"]["conditions"]}
        assert ready["Ready"] == "True"
        assert int(node["status"]["allocatable"]["cpu"]) >= 8
    assert any(int(node["status"]["allocatable"].get("nvidia.com/gpu", "0")) > 0 for node in nodes)


def test_workloads_of_every_kind_become_ready_or_complete(control_plane: ControlPlane) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "job"},
        "spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}},
    }
    apply(
        control_plane,
        _workload("Deployment", "deployment", replicas=2),
        _workload("StatefulSet", "stateful", replicas=2, serviceName="stateful", volumeClaimTemplates=[claim]),
        _workload("DaemonSet", "daemon"),
        job,
    )
    for name in ("deployment/deployment", "statefulset/stateful", "daemonset/daemon"):
        kubectl(control_plane, "rollout", "status", name, "--timeout=60s")
    wait(control_plane, "condition=Complete", "job/job")
    kubectl(control_plane, "delete", "deployment/deployment", "statefulset/stateful", "daemonset/daemon", "job/job")
    kubectl(control_plane, "delete", "pvc", "--all")


def test_only_pods_that_tolerate_it_run_on_gpu_nodes(control_plane: ControlPlane) -> None:
    gpu = {"name": "main", "image": "example/image:1", "resources": {"limits": {"nvidia.com/gpu": 1}}}
    toleration = {"key": "nvidia.com/gpu", "operator": "Exists"}
    apply(
        control_plane,
        _workload("Deployment", "tolerant", pod={"containers": [gpu], "tolerations": [toleration]}),
        _workload("Deployment", "intolerant", pod={"containers": [gpu]}),
    )
    wait(control_plane, "condition=Available", "deployment/tolerant")
    wait(control_plane, "condition=PodScheduled=False", "pod", "-l", "app=intolerant")
    kubectl(control_plane, "delete", "deployment/tolerant", "deployment/intolerant")


def test_claims_bind_and_their_volumes_go_with_them(control_plane: ControlPlane) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "claim"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "3Gi"}}},
    }
    apply(control_plane, claim)
    wait(control_plane, "jsonpath={.status.phase}=Bound", "pvc/claim")
    bound = get(control_plane, "pvc/claim")
    volume = bound["spec"]["volumeName"]
    assert bound["status"]["capacity"]["storage"] == "3Gi"
    kubectl(control_plane, "delete", "pvc/claim")
    wait(control_plane, "delete", f"pv/{volume}")


def test_load_balancers_and_ingresses_get_addresses(control_plane: ControlPlane) -> None:
    services: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"type": "LoadBalancer", "selector": {"app": name}, "ports": [{"port": 80}]},
        }
        for name in ("front", "back")
    ]
    backend = {"service": {"name": "front", "port": {"number": 80}}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "front"},
        "spec": {"defaultBackend": backend},
    }
    apply(control_plane, *services, ingress)
    addressed = "jsonpath={.status.loadBalancer.ingress[0].ip}"
    wait(control_plane, addressed, "service/front", "service/back", "ingress/front")
    addresses = {
        get(control_plane, f"service/{n}")["status"]["loadBalancer"]["ingress"][0]["ip"] for n in ("front", "back")
    }
    assert len(addresses) == 2
    kubectl(control_plane, "delete", "service/front", "service/back", "ingress/front")


def test_a_second_start_changes_nothing(control_plane: ControlPlane) -> None:
    before = control_plane.status()
    control_plane.start()
    assert control_plane.status() == before


def test_stop_and_start_keep_objects_and_the_address(plane: SimulatedControlPlane) -> None:
    apply(plane, _config_map("kept"))
    server = plane.status().server
    plane.stop()
    assert plane.status().state == "stopped"
    plane.start()
    assert plane.status().state == "running"
    assert plane.status().server == server
    assert get(plane, "configmap/kept")["data"] == {"kept": "yes"}


@pytest.mark.parametrize("part", ["etcd", "kube-apiserver", "kwok-controller"])
def test_a_crashed_part_is_named_and_restarted(plane: SimulatedControlPlane, part: str) -> None:
    apply(plane, _config_map("kept"))
    others = {name: _pid(plane, name) for name in ("kube-scheduler",)}
    os.kill(_pid(plane, part), signal.SIGKILL)
    _until_gone(plane, part)
    status = plane.status()
    assert status.state == "degraded"
    assert part in status.message
    plane.start()
    assert plane.status().state == "running"
    assert get(plane, "configmap/kept")
    if part == "kwok-controller":
        assert others == {name: _pid(plane, name) for name in others}


def test_a_port_taken_meanwhile_is_replaced(plane: SimulatedControlPlane) -> None:
    import socket

    apply(plane, _config_map("kept"))
    server = plane.status().server
    assert server
    plane.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", int(server.rpartition(":")[2])))
        squatter.listen()
        plane.start()
    assert plane.status().server != server
    assert get(plane, "configmap/kept")


def test_truncated_state_files_cost_no_object(plane: SimulatedControlPlane) -> None:
    apply(plane, _config_map("kept"))
    plane.stop()
    for file in ("record.json", "kwok/clusters/second/kwok.yaml", "kwok/clusters/second/pki/admin.key"):
        path = plane.folder / file
        path.write_bytes(path.read_bytes()[:20])
    plane.start()
    assert plane.status().state == "running"
    assert get(plane, "configmap/kept")


def test_a_start_that_was_killed_is_taken_up_by_the_next(cluster_state: Path, control_plane: ControlPlane) -> None:
    own = SimulatedControlPlane("killed", offline=True, on_progress=print)
    code = "from tests.cluster.test_control_plane import start_killed; start_killed()"
    try:
        for seconds in (0.8, 1.5, 3.0):
            with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as child:
                try:
                    child.wait(timeout=seconds)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
        own.start()
        assert own.status().state == "running"
        kubectl(own, "auth", "can-i", "create", "pods")
    finally:
        own.delete()
    assert not processes.running(own.folder / "kwok" / "clusters" / "killed" / "bin")


def start_killed() -> None:
    """What the killed processes of the test above run."""
    SimulatedControlPlane("killed", offline=True, on_progress=print).start()


def test_two_starts_at_once_make_one_control_plane(cluster_state: Path, control_plane: ControlPlane) -> None:
    own = SimulatedControlPlane("killed", offline=True, on_progress=print)
    code = "from tests.cluster.test_control_plane import start_killed; start_killed()"
    try:
        both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(2)]
        assert [process.wait() for process in both] == [0, 0]
        running = processes.running(own.folder / "kwok" / "clusters" / "killed" / "bin")
        assert {part: len(pids) for part, pids in running.items()} == dict.fromkeys(running, 1)
        assert own.status().state == "running"
    finally:
        own.delete()


def test_two_environments_run_side_by_side(control_plane: ControlPlane, plane: SimulatedControlPlane) -> None:
    apply(plane, _config_map("only-here"))
    assert "only-here" not in kubectl(control_plane, "get", "configmaps")
    assert control_plane.status().state == plane.status().state == "running"


def test_its_kubeconfig_is_private_and_the_users_is_left_alone(control_plane: ControlPlane) -> None:
    assert stat.S_IMODE(control_plane.kubeconfig.stat().st_mode) == 0o600
    assert yaml.safe_load(control_plane.kubeconfig.read_text())["current-context"] == "groundwork-local"
    assert not Path(os.environ["KUBECONFIG"]).exists()


def test_nothing_of_it_listens_to_other_machines(control_plane: ControlPlane) -> None:
    folder = control_plane.kubeconfig.parent
    arguments = (folder / "kwok" / "clusters" / "local" / "kwok.yaml").read_text()
    assert "127.0.0.1" in arguments
    assert "0.0.0.0" not in arguments  # noqa: S104 - what must not be there


def test_an_existing_cluster_is_checked_and_left_running(
    control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(control_plane.kubeconfig))
    existing = make_control_plane(ExistingCluster(kind="existing", context="groundwork-local"), "edge")
    existing.start()
    assert existing.status().state == "running"
    assert not existing.simulated


def test_an_automatic_environment_keeps_what_it_runs_on(control_plane: ControlPlane) -> None:
    assert make_control_plane(AutoCluster(), "local").kind == "simulated"


def test_deleting_leaves_neither_process_nor_file(plane: SimulatedControlPlane) -> None:
    plane.delete()
    assert plane.status().state == "absent"
    assert not processes.running(plane.folder / "kwok" / "clusters" / plane.environment / "bin")
    assert not plane.kubeconfig.parent.exists()


def _until_gone(plane: SimulatedControlPlane, part: str) -> None:
    while part in processes.running(plane.folder / "kwok" / "clusters" / plane.environment / "bin"):
        os.sched_yield()
