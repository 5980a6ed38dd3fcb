"""What an environment's registry promises those who push and pull."""

import json
from collections.abc import Mapping
from typing import Any

import bcrypt
import pytest

from infra.graph import Graph
from infra.settings.base import in_bytes
from tests.unit.components.environment import SECRETS, callers, differing, environment, holding, manifests, output

NAMESPACE = "mlops-registry"
PORT, METRICS = 5000, 5001
PRIVATE = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def local() -> Graph:
    return environment()


@pytest.fixture(scope="module")
def with_tokens() -> Graph:
    auth = {
        "kind": "token",
        "realm": "https://tokens.example.com/auth",
        "service": "registry.example.com",
        "issuer": "tokens.example.com",
        "root_certificates": CERTIFICATE,
    }
    return environment(registry={"auth": auth})


def config(graph: Graph) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(manifests(graph)["ConfigMap", NAMESPACE, "registry"]["data"]["config.yml"])
    return parsed


def server(graph: Graph) -> Mapping[str, Any]:
    template: Mapping[str, Any] = manifests(graph)["Deployment", NAMESPACE, "registry"]["spec"]["template"]
    return template


def collector(graph: Graph) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = manifests(graph)["CronJob", NAMESPACE, "registry-garbage-collection"]["spec"]
    return spec


def mounts(template: Mapping[str, Any]) -> set[str]:
    return {mount["mountPath"] for mount in template["spec"]["containers"][0]["volumeMounts"]}


def policy(graph: Graph) -> Mapping[str, Any]:
    return manifests(graph)["NetworkPolicy", NAMESPACE, "registry-server"]


def test_the_exported_credentials_are_those_that_the_server_lets_in(local: Graph) -> None:
    user, _, hashed = manifests(local)["Secret", NAMESPACE, "registry"]["stringData"]["htpasswd"].partition(":")
    assert user == output(local, "registry_username")
    assert bcrypt.checkpw(output(local, "registry_password").encode(), hashed.encode())
    assert not bcrypt.checkpw(SECRETS.password("registry/http").encode(), hashed.encode())


def test_the_cluster_holds_no_password_of_the_registry_in_clear(local: Graph) -> None:
    assert holding(local, SECRETS.password("registry/push")) == set()


def test_a_rotated_password_rolls_the_registry_alone(local: Graph) -> None:
    rotated = environment(credential_generations={"registry/push": 2})
    assert output(rotated, "registry_password") != output(local, "registry_password")
    assert differing(local, rotated) == {("Secret", "registry"), ("Deployment", "registry")}


def test_blobs_go_to_the_registrys_own_bucket_on_the_object_storage(local: Graph) -> None:
    s3 = config(local)["storage"]["s3"]
    assert s3["bucket"] == "registry"
    assert s3["regionendpoint"] == output(local, "object_storage_endpoint")
    assert manifests(local)["Secret", NAMESPACE, "registry"]["stringData"]["access-key"] == "groundwork-registry"
    egress = policy(local)["spec"]["egress"]
    assert [rule["ports"] for rule in egress] == [[{"port": 7070, "protocol": "TCP"}]]


def test_nodes_may_connect_but_only_to_the_registrys_port(local: Graph) -> None:
    assert callers(policy(local), PORT) == PRIVATE
    assert callers(policy(local), METRICS) == set()


def test_settings_name_other_addresses_and_namespaces_that_may_connect() -> None:
    graph = environment(registry={"allowed_addresses": ["192.0.2.0/24"], "allowed_namespaces": ["ci"]})
    assert callers(policy(graph), PORT) == {"192.0.2.0/24", "ci"}


def test_a_named_namespace_reads_the_metrics_and_cannot_push() -> None:
    graph = environment(metrics={"scraped_from": "monitoring"})
    assert callers(policy(graph), METRICS) == {"monitoring"}
    assert "monitoring" not in callers(policy(graph), PORT)
    assert server(graph)["metadata"]["annotations"]["prometheus.io/port"] == str(METRICS)
    assert config(graph)["http"]["debug"]["prometheus"]["enabled"] is True


def test_nothing_remembers_blobs_that_garbage_collection_deleted(local: Graph) -> None:
    assert "cache" not in config(local)["storage"]


def test_clients_are_never_sent_to_the_object_storage(local: Graph) -> None:
    assert config(local)["storage"]["redirect"]["disable"] is True


def test_garbage_is_collected_on_schedule_from_the_same_storage_one_run_at_a_time() -> None:
    graph = environment(registry={"garbage_collection": "5 4 * * *"})
    spec = collector(graph)
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("5 4 * * *", "Etc/UTC", "Forbid")
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["command"][-1] == "/etc/distribution/config.yml"
    assert pod["volumes"][0]["configMap"]["name"] == server(graph)["spec"]["volumes"][0]["configMap"]["name"]


@pytest.mark.parametrize("untagged", [False, True])
def test_images_that_are_pulled_by_digest_survive_unless_asked_otherwise(untagged: bool) -> None:
    graph = environment(registry={"delete_untagged": untagged})
    command = collector(graph)["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"]
    assert ("--delete-untagged" in command) is untagged


def test_a_changed_schedule_changes_the_schedule_alone(local: Graph) -> None:
    changed = environment(registry={"garbage_collection": "5 4 * * *"})
    assert differing(local, changed) == {("CronJob", "registry-garbage-collection")}


def test_tokens_take_the_place_of_the_password_file(with_tokens: Graph) -> None:
    assert config(with_tokens)["auth"] == {
        "token": {
            "realm": "https://tokens.example.com/auth",
            "service": "registry.example.com",
            "issuer": "tokens.example.com",
            "rootcertbundle": "/trust/token-roots.pem",
        }
    }
    assert manifests(with_tokens)["ConfigMap", NAMESPACE, "registry"]["data"]["token-roots.pem"] == CERTIFICATE
    assert "/trust" in mounts(server(with_tokens))
    assert "htpasswd" not in manifests(with_tokens)["Secret", NAMESPACE, "registry"]["stringData"]
    assert "registry_password" not in with_tokens.outputs


def test_a_certificate_of_ones_own_makes_it_https() -> None:
    graph = environment(registry={"tls_secret": "registry-tls"})
    assert output(graph, "registry_url") == "https://registry.mlops-registry.svc:5000"
    assert config(graph)["http"]["tls"] == {"certificate": "/tls/tls.crt", "key": "/tls/tls.key"}
    assert "/tls" in mounts(server(graph))
    assert server(graph)["spec"]["containers"][0]["livenessProbe"]["httpGet"]["scheme"] == "HTTPS"


def test_uploads_fit_into_the_memory_of_a_small_registry(local: Graph) -> None:
    """Each holds two chunks, and a client sends five layers at a time (Docker's default): half the memory at most."""
    container = server(local)["spec"]["containers"][0]
    limit = in_bytes(container["resources"]["limits"]["memory"])
    assert 5 * 2 * config(local)["storage"]["s3"]["chunksize"] <= limit / 2
    environ = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert in_bytes(environ["GOMEMLIMIT"].removesuffix("B")) <= limit * 0.9
