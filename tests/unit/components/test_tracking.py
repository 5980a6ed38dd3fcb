"""What an environment's tracking server promises its clients, and keeps from everybody else."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from infra.errors import UserError
from infra.graph import Graph
from tests.unit.components.environment import SECRETS, callers, differing, environment, holding, manifests, output

NAMESPACE = "mlops-tracking"
FRONT, HEALTH, SIGNED_IN, METRICS, MLFLOW = 8080, 8081, 8082, 9464, 5000
OIDC = {
    "kind": "oidc",
    "issuer": "https://login.example.com/realms/ml",
    "client_id": "mlflow",
    "email_domains": ["example.com"],
}
nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@pytest.fixture(scope="module")
def local() -> Graph:
    return environment()


@pytest.fixture(scope="module")
def signed_in() -> Graph:
    given = {"tracking_oidc_client_secret": "the issuer's own secret"}
    return environment(given, tracking={"auth": OIDC, "hosts": ["mlflow.example.com"]})


def pod(graph: Graph) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = manifests(graph)["Deployment", NAMESPACE, "tracking"]["spec"]["template"]["spec"]
    return spec


def container(graph: Graph, name: str) -> Mapping[str, Any]:
    return next(c for c in (*pod(graph).get("initContainers", ()), *pod(graph)["containers"]) if c["name"] == name)


def flags(graph: Graph) -> dict[str, str]:
    return dict(
        argument.removeprefix("--").split("=", 1) for argument in container(graph, "mlflow")["args"] if "=" in argument
    )


def variables(graph: Graph) -> dict[str, Any]:
    return {variable["name"]: variable.get("value") for variable in container(graph, "mlflow")["env"]}


def proxy_file(graph: Graph, name: str) -> str:
    text: str = manifests(graph)["ConfigMap", NAMESPACE, "tracking-proxy"]["data"][name]
    return text


def schema_job(graph: Graph) -> str:
    (name,) = (n for kind, namespace, n in manifests(graph) if kind == "Job" and namespace == NAMESPACE)
    return name


def test_mlflow_itself_listens_on_loopback_alone(local: Graph) -> None:
    assert (flags(local)["host"], flags(local)["port"]) == ("127.0.0.1", str(MLFLOW))
    assert not container(local, "mlflow").get("ports")


def test_clients_reach_the_port_that_asks_for_a_password_and_no_other(local: Graph) -> None:
    service = manifests(local)["Service", NAMESPACE, "tracking"]["spec"]
    assert [(port["port"], port["targetPort"]) for port in service["ports"]] == [(80, FRONT)]
    front = proxy_file(local, "front.conf")
    assert f"listen {FRONT};" in front
    assert "auth_basic_user_file /auth/htpasswd;" in front


def test_the_exported_password_opens_the_proxy(local: Graph) -> None:
    user, hashed = manifests(local)["Secret", NAMESPACE, "tracking-auth"]["stringData"]["htpasswd"].split(":")
    assert user == output(local, "tracking_username")
    assert bcrypt.checkpw(output(local, "tracking_password").encode(), hashed.encode())
    assert holding(local, SECRETS.password("tracking/admin")) == set()


def test_under_oidc_people_sign_in_and_machines_keep_their_password(signed_in: Graph) -> None:
    arguments = container(signed_in, "sign-in")["args"]
    assert f"--http-address=0.0.0.0:{FRONT}" in arguments
    assert f"--upstream=http://127.0.0.1:{SIGNED_IN}/" in arguments
    assert "--redirect-url=https://mlflow.example.com/oauth2/callback" in arguments
    assert "--email-domain=example.com" in arguments
    assert "--htpasswd-file=/auth/htpasswd" in arguments
    # Behind it nginx asks no more, and so must be reached by loopback alone.
    assert proxy_file(signed_in, "front.conf") == f"listen 127.0.0.1:{SIGNED_IN};\n"
    assert "http" not in [port["name"] for port in container(signed_in, "proxy")["ports"]]


def test_the_issuers_secret_is_in_a_file_and_in_no_argument(signed_in: Graph) -> None:
    assert holding(signed_in, "the issuer's own secret") == {("Secret", "tracking-auth")}
    cookie = manifests(signed_in)["Secret", NAMESPACE, "tracking-auth"]["stringData"]["cookie-secret"]
    assert holding(signed_in, cookie) == {("Secret", "tracking-auth")}


def test_oidc_without_the_issuers_secret_says_how_to_give_it() -> None:
    with pytest.raises(UserError, match="pulumi config set --secret groundwork:tracking_oidc_client_secret"):
        environment({}, tracking={"auth": OIDC, "hosts": ["mlflow.example.com"]})


def test_only_named_namespaces_connect_and_only_monitoring_reads_metrics() -> None:
    graph = environment(tracking={"clients": ["team-vision"]}, metrics={"scraped_from": "monitoring"})
    policy = manifests(graph)["NetworkPolicy", NAMESPACE, "tracking"]
    assert callers(policy, FRONT) == {"team-vision"}
    assert callers(policy, METRICS) == {"monitoring"}
    for port in (HEALTH, SIGNED_IN, MLFLOW):
        assert callers(policy, port) == set()


def test_the_server_goes_to_its_database_and_its_bucket_and_nowhere_else(local: Graph) -> None:
    policy = manifests(local)["NetworkPolicy", NAMESPACE, "tracking"]
    targets = {
        rule["to"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]: rule["ports"][0]["port"]
        for rule in policy["spec"]["egress"]
    }
    assert targets == {"mlops-database": 5432, "mlops-object-storage": 7070}


def test_the_database_is_verified_and_its_password_is_in_no_address(local: Graph) -> None:
    uri = variables(local)["MLFLOW_BACKEND_STORE_URI"]
    assert uri.startswith("postgresql://tracking@database.mlops-database.svc:5432/tracking?sslmode=verify-full&")
    for credential in ("database/tracking", "object-storage/tracking", "tracking/encryption"):
        places = holding(local, SECRETS.password(credential))
        assert {kind for kind, _ in places} == {"Secret"}
        assert SECRETS.password(credential) not in json.dumps(pod(local))


def test_artifacts_pass_through_the_server(local: Graph) -> None:
    assert "--serve-artifacts" in container(local, "mlflow")["args"]
    assert flags(local)["artifacts-destination"] == "s3://tracking/artifacts"
    assert "client_max_body_size 0;" in proxy_file(local, "nginx.conf")


def test_no_job_runs_in_the_server_and_nothing_is_told_to_its_makers(local: Graph) -> None:
    assert variables(local)["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert variables(local)["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_the_server_answers_to_its_own_names_and_the_given_hosts_alone() -> None:
    graph = environment(tracking={"hosts": ["mlflow.example.com"]})
    hosts = flags(graph)["allowed-hosts"].split(",")
    assert {"localhost:*", "127.0.0.1:*", "tracking.mlops-tracking.svc", "mlflow.example.com"} <= set(hosts)
    assert "*" not in hosts
    origins = flags(graph)["cors-allowed-origins"].split(",")
    assert "https://mlflow.example.com" in origins
    assert "*" not in origins
    assert output(graph, "tracking_url") == "https://mlflow.example.com"


def test_without_a_public_host_the_address_is_the_one_in_the_cluster(local: Graph) -> None:
    assert output(local, "tracking_url") == "http://tracking.mlops-tracking.svc"


def test_no_pod_serves_before_the_schema_is_its_own(local: Graph) -> None:
    (wait,) = pod(local)["initContainers"]
    assert wait["command"][-1] == "wait"
    assert wait["image"] == container(local, "mlflow")["image"]
    upgrade = manifests(local)["Job", NAMESPACE, schema_job(local)]["spec"]["template"]["spec"]["containers"][0]
    assert upgrade["command"][-1] == "upgrade"
    assert upgrade["image"] == wait["image"]


def test_the_upgrades_name_says_to_which_version(local: Graph) -> None:
    assert "3-17-2" in schema_job(local)


def test_the_upgrade_runs_again_after_a_restore(local: Graph) -> None:
    labels = manifests(local)["Job", NAMESPACE, schema_job(local)]["metadata"]["labels"]
    assert labels["groundwork/after-restore"] == "tracking"


def test_workers_follow_cores_as_far_as_there_is_memory(local: Graph) -> None:
    def workers(memory: str) -> str:
        resources = {"cpu": "200m", "cpu_limit": "4", "memory": memory}
        return flags(environment(tracking={"resources": resources}))["workers"]

    assert flags(local)["workers"] == "2"
    assert workers("1Gi") == "2"
    assert workers("4Gi") == "5"


def test_a_budget_guards_several_replicas_and_never_blocks_a_lone_one(local: Graph) -> None:
    assert ("PodDisruptionBudget", NAMESPACE, "tracking") not in manifests(local)
    assert ("PodDisruptionBudget", NAMESPACE, "tracking") in manifests(environment(tracking={"replicas": 2}))


def test_a_rotated_admin_password_rolls_the_servers_alone(local: Graph) -> None:
    rotated = environment(credential_generations={"tracking/admin": 2})
    assert differing(local, rotated) == {("Secret", "tracking-auth"), ("Deployment", "tracking")}


@pytest.mark.skipif(nginx is None, reason="nginx is not installed")
@pytest.mark.parametrize("auth", ["basic", "oidc"])
def test_nginx_accepts_its_configuration(auth: str, local: Graph, signed_in: Graph, tmp_path: Path) -> None:
    assert nginx
    graph = local if auth == "basic" else signed_in
    main = proxy_file(graph, "nginx.conf")
    main = main.replace("pid /tmp", f"pid {tmp_path}").replace("/config/", f"{tmp_path}/")
    (tmp_path / "nginx.conf").write_text(main)
    (tmp_path / "front.conf").write_text(proxy_file(graph, "front.conf"))
    answer = subprocess.run(
        [nginx, "-e", "stderr", "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
