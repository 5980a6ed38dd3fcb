"""An environment lives in real pods: installed, used, disturbed, restored, taken away. The tests follow one another."""

import os
import subprocess
from typing import Any

import pytest

from infra.catalog import images
from tests.contract.software import say
from tests.node.conftest import Scientist
from tests.node.node import NAMESPACES, Groundwork, Node
from tests.scenario.play import LAYER

Played = dict[str, Any]


def check(scientist: Scientist, played: Played) -> None:
    """Everything that was logged and pushed is still there."""
    with scientist() as working:
        working.check("wine", played)
        assert working.registry().pull("team/tool", "1") == LAYER


def test_every_pod_runs_a_pinned_image_as_nobody_in_particular_with_a_root_that_it_can_not_write(
    groundwork: Groundwork, node: Node
) -> None:
    pinned = {image.reference for image in images().values()}
    pods = node.pods()
    assert {pod["metadata"]["namespace"] for pod in pods} == set(NAMESPACES) - {"mlops-system"}
    for pod in pods:
        meta = pod["metadata"]
        for container in pod["spec"]["containers"]:
            assert container["image"] in pinned
            said = node.kubectl(
                "exec", "-n", meta["namespace"], meta["name"], "-c", container["name"], "--",
                "sh", "-c", "id -u; touch /written 2>/dev/null || echo read-only",
            )  # fmt: skip
            user, root = said.split()
            assert user != "0", container["name"]
            assert root == "read-only", container["name"]
        assert [s["restartCount"] for s in pod["status"]["containerStatuses"]] == [0] * len(pod["spec"]["containers"])


def test_a_data_scientist_works_with_it(scientist: Scientist, played: Played) -> None:
    assert played["accuracy"] > 0.9
    check(scientist, played)


def test_a_second_up_changes_nothing(groundwork: Groundwork, node: Node) -> None:
    before = {pod["metadata"]["uid"] for pod in node.pods()}
    plan = groundwork.json("up", "--yes")
    assert {change["action"] for change in plan["changes"]} == {"unchanged"}
    assert {pod["metadata"]["uid"] for pod in node.pods()} == before


def test_it_survives_the_deletion_of_each_pod(scientist: Scientist, node: Node, played: Played) -> None:
    for pod in node.pods():
        say(f"  deleting pod {pod['metadata']['name']} ...")
        node.kubectl("delete", "pod", "-n", pod["metadata"]["namespace"], pod["metadata"]["name"])
        node.wait_ready()
    check(scientist, played)


def test_a_dropped_schema_is_restored_from_a_dump(
    groundwork: Groundwork, scientist: Scientist, node: Node, played: Played
) -> None:
    database = ("-n", "mlops-database")
    node.kubectl("create", "job", *database, "dump-by-hand", "--from=cronjob/database-dump")
    node.kubectl("wait", *database, "--for=condition=complete", "--timeout=180s", "job/dump-by-hand")
    _sql(node, "SET ROLE tracking; DROP SCHEMA public CASCADE")
    assert _sql(node, "SELECT count(*) FROM pg_tables WHERE tableowner = 'tracking'") == "0"
    groundwork.run("restore", "--database", "tracking", "--yes", engine=False)
    node.wait_ready()
    check(scientist, played)
    node.kubectl("delete", "job", *database, "dump-by-hand")


def _sql(node: Node, statement: str) -> str:
    """What a statement of the superuser prints."""
    script = f'PGPASSWORD=$(cat /superuser/password) psql -qXAtU postgres -d tracking -c "{statement}"'
    return node.kubectl("exec", "-n", "mlops-database", "database-0", "--", "sh", "-c", script).strip()


def test_it_survives_a_restart_of_the_node(scientist: Scientist, node: Node, played: Played) -> None:
    command = os.environ.get("GROUNDWORK_TEST_NODE_RESTART")
    if not command:
        pytest.skip("GROUNDWORK_TEST_NODE_RESTART holds no command that restarts the node")
    say("  restarting the node ...")
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=600)  # noqa: S602
    assert done.returncode == 0, done.stdout + done.stderr
    node.wait_ready()
    check(scientist, played)


def test_destroy_leaves_nothing(groundwork: Groundwork, node: Node, played: Played) -> None:
    groundwork.run("destroy", "--yes")
    assert node.kubectl("get", "namespaces", *NAMESPACES, "--ignore-not-found", "-o", "name") == ""
    bound = [
        volume["metadata"]["name"]
        for volume in node.get("persistentvolumes")
        if volume["status"]["phase"] == "Bound" and volume["spec"]["claimRef"]["namespace"] in NAMESPACES
    ]
    assert bound == []
    left = "clusterroles,clusterrolebindings,storageclasses,validatingwebhookconfigurations"
    assert node.get(left, "-l", "app.kubernetes.io/part-of=groundwork") == []
