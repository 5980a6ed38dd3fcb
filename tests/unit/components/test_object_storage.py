"""What an environment's object storage promises its consumers."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.graph import Graph
from tests.unit.components.environment import SECRETS, callers, differing, environment, holding, manifests, output

NAMESPACE = "mlops-object-storage"
S3, ADMIN, METRICS = 7070, 7071, 9102


@pytest.fixture(scope="module")
def local() -> Graph:
    return environment()


def gateway(graph: Graph) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = manifests(graph)["StatefulSet", NAMESPACE, "object-storage"]["spec"]["template"]
    return spec


def gateway_policy(graph: Graph) -> Mapping[str, Any]:
    return manifests(graph)["NetworkPolicy", NAMESPACE, "object-storage-gateway"]


def declared(graph: Graph) -> dict[str, Any]:
    data = manifests(graph)["ConfigMap", NAMESPACE, "object-storage-accounts"]["data"]["declared.json"]
    buckets: dict[str, Any] = json.loads(data)["buckets"]
    return buckets


def jobs(graph: Graph) -> list[str]:
    return [name for kind, namespace, name in manifests(graph) if kind == "Job" and namespace == NAMESPACE]


def test_each_consumer_has_a_bucket_and_an_account_of_its_own(local: Graph) -> None:
    assert {bucket: wanted["account"] for bucket, wanted in declared(local).items()} == {
        "tracking": "groundwork-tracking",
        "registry": "groundwork-registry",
        "backup": "groundwork-backup",
    }
    keys = manifests(local)["Secret", NAMESPACE, "object-storage-accounts"]["stringData"]
    assert keys.keys() == {wanted["account"] for wanted in declared(local).values()}
    assert len(set(keys.values())) == 3


def test_the_root_key_stays_in_the_gateways_own_secret(local: Graph) -> None:
    assert holding(local, SECRETS.password("object-storage/root")) == {("Secret", "object-storage-root")}


@pytest.mark.parametrize("consumer", ["tracking", "registry", "backup"])
def test_a_consumers_key_is_in_secrets_alone_and_in_the_gateways_namespace_once(local: Graph, consumer: str) -> None:
    places = holding(local, SECRETS.password(f"object-storage/{consumer}"))
    assert ("Secret", "object-storage-accounts") in places
    assert {kind for kind, _ in places} == {"Secret"}


def test_only_consumers_reach_the_s3_port_and_only_the_accounts_job_the_admin_port(local: Graph) -> None:
    policy = gateway_policy(local)
    accounts = {"pods: accounts"}
    assert callers(policy, S3) == accounts | {"mlops-tracking", "mlops-registry", "mlops-database"}
    assert callers(policy, ADMIN) == accounts
    assert not policy["spec"].get("egress")


def test_a_bucket_of_a_team_opens_the_gateway_to_its_namespaces_and_exports_its_keys() -> None:
    graph = environment(
        object_storage={"buckets": [{"name": "vision", "versioning": True, "namespaces": ["team-vision"]}]}
    )
    assert "team-vision" in callers(gateway_policy(graph), S3)
    assert "team-vision" not in callers(gateway_policy(graph), ADMIN)
    assert declared(graph)["vision"] == {"account": "groundwork-vision", "versioning": True}
    exported = output(graph, "object_storage_buckets")["vision"]
    assert exported["bucket"] == "vision"
    assert exported["access_key"] == "groundwork-vision"
    assert exported["secret_key"].value == SECRETS.password("object-storage/vision")


def test_a_changed_list_of_buckets_makes_a_new_job_and_leaves_the_gateway_running(local: Graph) -> None:
    more = environment(object_storage={"buckets": [{"name": "vision"}]})
    old, new = jobs(local), jobs(more)
    assert len(old) == len(new) == 1
    assert old != new
    assert differing(local, more) == {
        ("ConfigMap", "object-storage-accounts"),
        ("Secret", "object-storage-accounts"),
        ("Job", old[0]),
        ("Job", new[0]),
    }


def test_a_rotated_consumer_key_rolls_that_consumer_alone(local: Graph) -> None:
    rotated = environment(credential_generations={"object-storage/registry": 2})
    assert differing(local, rotated) == {
        ("Secret", "object-storage-accounts"),
        ("Job", jobs(local)[0]),
        ("Job", jobs(rotated)[0]),
        ("Secret", "registry"),
        ("Deployment", "registry"),
    }


def test_a_rotated_root_key_rolls_the_gateway_alone(local: Graph) -> None:
    rotated = environment(credential_generations={"object-storage/root": 2})
    assert differing(local, rotated) == {("Secret", "object-storage-root"), ("StatefulSet", "object-storage")}


def test_versions_and_accounts_lie_beside_the_buckets_on_the_one_volume(local: Graph) -> None:
    pod = gateway(local)["spec"]
    container = pod["containers"][0]
    args = container["args"]
    root, versions, accounts = (
        args[-1],
        args[args.index("--versioning-dir") + 1],
        args[args.index("--iam-dir") + 1],
    )
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/data"]
    for folder in (versions, accounts):
        assert folder.startswith("/data/")
        assert not folder.startswith(f"{root}/")
    assert {root, versions, accounts} <= set(pod["initContainers"][0]["command"])


def test_no_secret_is_in_the_command_line(local: Graph) -> None:
    for (kind, namespace, _), manifest in manifests(local).items():
        if namespace == NAMESPACE and kind in ("StatefulSet", "Job"):
            text = json.dumps(manifest)
            for credential in ("root", "tracking", "registry", "backup"):
                assert SECRETS.password(f"object-storage/{credential}") not in text


def test_versioning_of_the_platforms_own_buckets_is_asked_for_by_name() -> None:
    graph = environment(object_storage={"versioning": {"tracking": True}})
    assert {bucket: wanted["versioning"] for bucket, wanted in declared(graph).items()} == {
        "tracking": True,
        "registry": False,
        "backup": False,
    }


def test_the_volume_has_the_size_and_class_of_the_settings() -> None:
    graph = environment(storage_class="fast", object_storage={"volume": "33Gi"})
    spec = manifests(graph)["PersistentVolumeClaim", NAMESPACE, "object-storage-data"]["spec"]
    assert spec["resources"]["requests"]["storage"] == "33Gi"
    assert spec["storageClassName"] == "fast"


def test_with_an_exporter_the_named_namespace_reads_metrics_and_nothing_else() -> None:
    graph = environment(metrics={"scraped_from": "monitoring"}, object_storage={"metrics_exporter": True})
    template = gateway(graph)
    assert template["metadata"]["annotations"]["prometheus.io/port"] == str(METRICS)
    exporter = next(c for c in template["spec"]["containers"] if c["name"] == "exporter")
    assert [port["containerPort"] for port in exporter["ports"]] == [METRICS]
    assert callers(gateway_policy(graph), METRICS) == {"monitoring"}
    assert "monitoring" not in callers(gateway_policy(graph), S3)


def test_without_an_exporter_nothing_claims_to_serve_metrics(local: Graph) -> None:
    template = gateway(local)
    assert "prometheus.io/scrape" not in template["metadata"]["annotations"]
    assert [c["name"] for c in template["spec"]["containers"]] == ["gateway"]


@pytest.fixture(scope="module")
def external() -> Graph:
    """With an endpoint that somebody else runs."""
    return environment(
        given={"object_storage_access_key": "their-key", "object_storage_secret_key": "their-secret"},
        object_storage={
            "kind": "external",
            "endpoint": "https://s3.example.com",
            "region": "eu-central-1",
            "addresses": "203.0.113.0/24",
            "tracking_bucket": "ml-artifacts",
            "registry_bucket": "ml-images",
            "backup_bucket": "ml-dumps",
        },
    )


def test_nothing_is_installed_for_an_external_endpoint(external: Graph) -> None:
    assert {kind for kind, namespace, _ in manifests(external) if namespace == NAMESPACE} == {"NetworkPolicy"}


def test_consumers_use_an_external_endpoints_buckets_with_the_given_keys(external: Graph) -> None:
    config = json.loads(manifests(external)["ConfigMap", "mlops-registry", "registry"]["data"]["config.yml"])
    assert config["storage"]["s3"]["bucket"] == "ml-images"
    assert config["storage"]["s3"]["region"] == "eu-central-1"
    assert config["storage"]["s3"]["regionendpoint"] == "https://s3.example.com"
    secret = manifests(external)["Secret", "mlops-registry", "registry"]["stringData"]
    assert (secret["access-key"], secret["secret-key"]) == ("their-key", "their-secret")


def test_consumers_may_go_to_an_external_endpoints_addresses_and_port(external: Graph) -> None:
    rules = manifests(external)["NetworkPolicy", "mlops-registry", "registry-server"]["spec"]["egress"]
    assert [rule["to"] for rule in rules] == [[{"ipBlock": {"cidr": "203.0.113.0/24"}}]]
    assert [rule["ports"] for rule in rules] == [[{"port": 443, "protocol": "TCP"}]]


def test_a_given_secret_stands_in_secrets_alone(external: Graph) -> None:
    assert {kind for kind, _ in holding(external, "their-secret")} == {"Secret"}
