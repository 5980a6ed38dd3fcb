"""What an environment's database promises its consumers, and whoever must bring it back."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.graph import Graph
from infra.settings.verifiers import scram_verifier
from tests.unit.components.environment import SECRETS, callers, differing, environment, holding, manifests, output

NAMESPACE = "mlops-database"
PORT = 5432
JOBS = ("roles", "dump", "restore")


@pytest.fixture(scope="module")
def local() -> Graph:
    return environment()


def thing(graph: Graph, kind: str, name: str) -> Mapping[str, Any]:
    return manifests(graph)[kind, NAMESPACE, name]


def server(graph: Graph) -> Mapping[str, Any]:
    container: Mapping[str, Any] = thing(graph, "StatefulSet", "database")["spec"]["template"]["spec"]["containers"][0]
    return container


def cron_job_pod(graph: Graph, name: str) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = thing(graph, "CronJob", name)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def roles_job(graph: Graph) -> str:
    (name,) = (n for kind, namespace, n in manifests(graph) if kind == "Job" and namespace == NAMESPACE)
    return name


def environment_of(container: Mapping[str, Any]) -> dict[str, Any]:
    return {variable["name"]: variable.get("value") for variable in container["env"]}


def configuration(graph: Graph, file: str) -> str:
    text: str = thing(graph, "ConfigMap", "database-config")["data"][file]
    return text


def test_nobody_comes_in_without_tls_and_a_password(local: Graph) -> None:
    lines = [line.split() for line in configuration(local, "pg_hba.conf").splitlines()]
    assert {line[0] for line in lines} == {"local", "hostssl"}
    assert {line[-1] for line in lines} == {"scram-sha-256"}
    assert "ssl = on" in configuration(local, "postgresql.conf")


def test_a_consumer_gets_no_further_than_its_own_database(local: Graph) -> None:
    lines = [line.split() for line in configuration(local, "pg_hba.conf").splitlines()]
    assert [line[1] for line in lines if line[2] == "all"] == ["sameuser"]


def test_only_its_consumers_and_its_own_jobs_reach_the_server(local: Graph) -> None:
    policy = thing(local, "NetworkPolicy", "database")
    assert callers(policy, PORT) == {"mlops-tracking"} | {f"pods: {job}" for job in JOBS}
    assert not policy["spec"].get("egress")


def test_every_job_verifies_the_server_it_talks_to(local: Graph) -> None:
    pods = [cron_job_pod(local, "database-dump"), cron_job_pod(local, "database-restore")]
    pods.append(thing(local, "Job", roles_job(local))["spec"]["template"]["spec"])
    clients = [
        c for pod in pods for c in (*pod.get("initContainers", ()), *pod["containers"]) if "PGHOST" in environment_of(c)
    ]
    assert len(clients) == 3
    for client in clients:
        env = environment_of(client)
        assert (env["PGHOST"], env["PGSSLMODE"]) == ("database.mlops-database.svc", "verify-full")


def test_the_job_that_makes_the_roles_never_learns_their_passwords(local: Graph) -> None:
    verifiers = thing(local, "Secret", "database-roles")["stringData"]
    assert verifiers["tracking"] == scram_verifier(SECRETS, "database/tracking")
    assert verifiers.keys() == {"tracking", "groundwork_dump", "groundwork_restore"}
    assert holding(local, SECRETS.password("database/tracking")) == {("Secret", "tracking-database")}


def test_each_backup_role_is_known_to_its_own_job_alone(local: Graph) -> None:
    for part in ("dump", "restore"):
        assert holding(local, SECRETS.password(f"database/{part}")) == {("Secret", f"database-{part}")}
    assert holding(local, SECRETS.password("database/admin")) == {("Secret", "database-superuser")}


def test_no_password_is_in_a_command_or_a_variable_in_clear(local: Graph) -> None:
    for (kind, namespace, _), manifest in manifests(local).items():
        if namespace == NAMESPACE and kind in ("StatefulSet", "Job", "CronJob"):
            text = json.dumps(manifest)
            for credential in ("admin", "tracking", "dump", "restore"):
                assert SECRETS.password(f"database/{credential}") not in text


def test_the_data_lie_below_the_volumes_root(local: Graph) -> None:
    volume = next(m["mountPath"] for m in server(local)["volumeMounts"] if m["name"] == "data")
    assert environment_of(server(local))["PGDATA"].startswith(f"{volume}/")


def test_the_servers_caches_follow_its_memory(local: Graph) -> None:
    big = environment(database={"resources": {"cpu": "100m", "memory": "4Gi"}})
    assert "shared_buffers = 128MB" in configuration(local, "postgresql.conf")
    assert "shared_buffers = 1024MB" in configuration(big, "postgresql.conf")


def test_dumps_follow_their_schedule_and_only_so_many_are_kept() -> None:
    graph = environment(database={"backups": {"schedule": "5 4 * * *", "keep": 3}})
    spec = thing(graph, "CronJob", "database-dump")["spec"]
    assert (spec["schedule"], spec["suspend"], spec["concurrencyPolicy"]) == ("5 4 * * *", False, "Forbid")
    pod = cron_job_pod(graph, "database-dump")
    assert environment_of(pod["containers"][0])["KEEP"] == "3"


def test_dumps_are_stored_by_an_account_of_their_own(local: Graph) -> None:
    keys = thing(local, "Secret", "database-dump")["stringData"]
    assert keys["access-key"] == "groundwork-backup"
    env = environment_of(cron_job_pod(local, "database-dump")["containers"][0])
    assert env["BUCKET"] == "backup"


def test_a_restore_is_ready_to_be_started_and_never_starts_by_itself(local: Graph) -> None:
    assert thing(local, "CronJob", "database-restore")["spec"]["suspend"] is True
    pod = cron_job_pod(local, "database-restore")
    for container in (*pod["initContainers"], *pod["containers"]):
        env = environment_of(container)
        assert (env["ACTION"], env["DATABASE"], env["CONSUMERS"]) == ("list", "", "tracking")


def test_scratch_space_is_what_the_dumps_pod_may_fill() -> None:
    pod = cron_job_pod(environment(database={"backups": {"scratch": "7Gi"}}), "database-dump")
    assert next(v["emptyDir"]["sizeLimit"] for v in pod["volumes"] if v["name"] == "dumps") == "7Gi"
    assert {c["resources"]["limits"]["ephemeral-storage"] for c in (*pod["initContainers"], *pod["containers"])} == {
        "7Gi"
    }


def test_a_rotated_consumer_password_makes_a_new_job_and_leaves_the_server_running(local: Graph) -> None:
    rotated = environment(credential_generations={"database/tracking": 2})
    changed = differing(local, rotated)
    assert ("StatefulSet", "database") not in changed
    assert {("Job", roles_job(local)), ("Job", roles_job(rotated)), ("Secret", "database-roles")} <= changed
    assert {("Secret", "tracking-database"), ("Deployment", "tracking")} <= changed
    assert roles_job(local) != roles_job(rotated)


def test_a_rotated_superuser_password_reaches_the_server_before_it_starts(local: Graph) -> None:
    rotated = environment(credential_generations={"database/admin": 2})
    assert differing(local, rotated) == {
        ("Secret", "database-superuser"),
        ("StatefulSet", "database"),
        ("Job", roles_job(local)),
        ("Job", roles_job(rotated)),
    }
    first = thing(local, "StatefulSet", "database")["spec"]["template"]["spec"]["initContainers"][0]
    assert first["command"][-1].endswith("superuser.sh")


def test_a_new_authority_reaches_server_and_clients_together(local: Graph) -> None:
    rotated = environment(credential_generations={"database/ca": 2})
    changed = differing(local, rotated)
    assert {
        ("Secret", "database-tls"),
        ("StatefulSet", "database"),
        ("ConfigMap", "database-ca"),
        ("ConfigMap", "tracking-database-ca"),
        ("Deployment", "tracking"),
    } <= changed
    assert ("Secret", "database-roles") not in changed


def test_the_stack_says_where_the_database_is(local: Graph) -> None:
    assert output(local, "database_host") == "database.mlops-database.svc"
    assert output(local, "database_port") == PORT
