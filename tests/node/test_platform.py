"""The platform on a real node: installed, used, hurt, restored and taken away, in this order."""

import os
import subprocess

import pytest

from tests.node.node import Node
from tests.scenario.oci import RegistryClient


def test_up_brings_everything_up(node: Node) -> None:
    changes = node.groundwork("up", "--yes")["changes"]
    assert {change["action"] for change in changes} == {"create"}
    node.wait_ready()


def test_a_second_up_changes_nothing(node: Node) -> None:
    changes = node.groundwork("up", "--yes")["changes"]
    assert {change["action"] for change in changes} == {"unchanged"}


def test_no_server_runs_as_root_or_can_write_to_its_root(node: Node) -> None:
    for pod in node.servers():
        for container in pod["spec"]["containers"]:
            where = ["-n", pod["metadata"]["namespace"], "exec", pod["metadata"]["name"], "-c", container["name"], "--"]
            assert node.kubectl(*where, "id", "-u").strip() != "0"
            assert "Read-only file system" in node.kubectl(*where, "sh", "-c", "touch /mark 2>&1 || true")


def test_a_data_scientist_works(node: Node) -> None:
    with node.scientist() as scientist:
        node.before["wine"] = scientist.play("wine")
        scientist.check("wine", node.before["wine"])
        scientist.push_and_pull("team/tool")


def test_strangers_are_refused(node: Node) -> None:
    with node.scientist() as scientist:
        given = scientist.endpoints
        for url, path in (
            (given.tracking_url, "/"),
            (given.tracking_url, "/api/2.0/mlflow/experiments/search"),
            (given.tracking_url, "/metrics"),
            (given.registry_url, "/v2/_catalog"),
        ):
            assert RegistryClient(url, None, None).request("GET", path).status == 401
        assert RegistryClient(given.object_storage_url, None, None).request("GET", "/").status == 403


def test_nothing_is_lost_when_each_pod_is_deleted(node: Node) -> None:
    for pod in node.servers():
        node.kubectl("-n", pod["metadata"]["namespace"], "delete", "pod", pod["metadata"]["name"])
        node.wait_ready()
    with node.scientist() as scientist:
        scientist.check("wine", node.before["wine"])
        scientist.push_and_pull("team/tool")


def test_a_dropped_database_is_restored_from_its_dump(node: Node) -> None:
    node.run_cron_job("mlops-database", "database-dump", "dump-now")
    drop = "PGPASSWORD=$(cat /superuser/password) psql -U postgres -v ON_ERROR_STOP=1 -c 'DROP SCHEMA public CASCADE' tracking"
    node.kubectl("-n", "mlops-database", "exec", "statefulset/database", "-c", "postgresql", "--", "sh", "-c", drop)
    node.groundwork("restore", "--database", "tracking", "--yes")
    node.wait_ready()
    with node.scientist() as scientist:
        scientist.check("wine", node.before["wine"])


def test_nothing_is_lost_when_the_node_restarts(node: Node) -> None:
    command = os.environ.get("GROUNDWORK_TEST_NODE_RESTART")
    if not command:
        pytest.skip("GROUNDWORK_TEST_NODE_RESTART holds no command that restarts the node")
    done = subprocess.run(command, shell=True, capture_output=True, text=True)  # noqa: S602 - the tester's own command
    assert done.returncode == 0, done.stderr
    node.wait_ready()
    with node.scientist() as scientist:
        scientist.check("wine", node.before["wine"])
        scientist.push_and_pull("team/tool")


def test_destroy_leaves_nothing(node: Node) -> None:
    node.groundwork("destroy", "--yes")
    assert node.items("namespaces") == []
    assert node.items("persistentvolumeclaims") == []
