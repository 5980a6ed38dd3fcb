"""What Amazon ECR promises: tags that never move, pipelines that push where they may, images from a copy nearby."""

import json
from typing import Any

import pytest

from infra.graph import Graph, Resource
from infra.policy import check
from infra.policy.workloads import workloads
from tests.unit.components.environment import environment, manifests, output

ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
HOST = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:ecr-pullthroughcache/docker-a1b2c3"


@pytest.fixture(scope="module")
def graph() -> Graph:
    """With two repositories, and caches of the two registries that some of the platform's images come from."""
    return environment(
        account=ACCOUNT,
        registry={
            "kind": "ecr",
            "repositories": ["training", "serving/vision"],
            "pull_through_cache": {"upstreams": ["quay.io", "docker.io"], "credentials": {"docker.io": SECRET}},
        },
        tracking={
            "hosts": ["mlflow.example.com"],
            "auth": {
                "kind": "oidc",
                "issuer": "https://login.example.com",
                "client_id": "mlflow",
                "email_domains": ["example.com"],
            },
        },
        given={"tracking_oidc_client_secret": "theirs"},
    )


def of(graph: Graph, type_: str) -> dict[str, Resource]:
    return {resource.name: resource for resource in graph if resource.type.rpartition(":")[2] == type_}


def statements(resource: Resource) -> dict[str, Any]:
    return {s["Sid"]: s for s in json.loads(resource.inputs["policy"])["Statement"]}


def images(graph: Graph) -> set[str]:
    return {c["image"] for w in workloads(graph) for c in w.containers}


def test_repositories_are_named_after_the_environment_and_given_to_whoever_builds(graph: Graph) -> None:
    names = {repository.inputs["name"] for repository in of(graph, "Repository").values()}
    assert {"mlops-local/training", "mlops-local/serving/vision"} <= names
    assert output(graph, "registry_url") == f"https://{HOST}"
    assert set(output(graph, "registry_repositories")) == {"training", "serving/vision"}


def test_every_repository_keeps_its_tags_scans_what_is_pushed_encrypts_and_clears_up(graph: Graph) -> None:
    key = of(graph, "Key")["registry"].outputs["arn"]
    repositories = of(graph, "Repository")
    for repository in repositories.values():
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": key}]
        assert repository.protect and not repository.inputs["forceDelete"]
    lifecycles = [json.loads(policy.inputs["policy"])["rules"] for policy in of(graph, "LifecyclePolicy").values()]
    assert len(lifecycles) == len(repositories)
    assert {rule["selection"]["countNumber"] for rules in lifecycles for rule in rules} == {14, 500}


def test_pipelines_may_push_to_the_repositories_and_to_no_cache(graph: Graph) -> None:
    policy = of(graph, "Policy")["registry-push"]
    push = statements(policy)["Push"]
    assert {arn.partition(":repository/")[2] for arn in push["Resource"]} == {
        "mlops-local/training",
        "mlops-local/serving/vision",
    }
    assert "ecr:PutImage" in push["Action"]
    assert not any("Delete" in action for action in push["Action"])
    assert output(graph, "registry_push_policy") == policy.outputs["arn"]


def test_no_registry_runs_in_the_cluster_and_nobody_has_its_password(graph: Graph) -> None:
    assert not [key for key in manifests(graph) if key[1] == "mlops-registry" and key[0] == "Deployment"]
    assert "registry_password" not in graph.outputs


def test_the_platforms_images_come_by_way_of_the_cache_of_their_registry(graph: Graph) -> None:
    named = images(graph)
    assert any(image.startswith(f"{HOST}/mlops-local/docker-hub/library/postgres:") for image in named)
    assert any(image.startswith(f"{HOST}/mlops-local/quay/oauth2-proxy/oauth2-proxy:") for image in named)
    # GitHub's registry is not cached here.
    assert any(image.startswith("ghcr.io/mlflow/mlflow:") for image in named)
    assert not any(image.startswith(("docker.io/", "quay.io/")) for image in named)


def test_nodes_find_the_repositories_of_what_the_platform_pulls_and_need_no_right_to_make_any(graph: Graph) -> None:
    made = {repository.inputs["name"] for repository in of(graph, "Repository").values()}
    pulled = {image.partition("/")[2].rpartition(":")[0] for image in images(graph) if image.startswith(HOST)}
    assert pulled
    assert pulled <= made


def test_caches_ask_their_registry_and_with_an_account_only_where_it_must_be(graph: Graph) -> None:
    rules = {
        rule.inputs["ecrRepositoryPrefix"]: (rule.inputs["upstreamRegistryUrl"], rule.inputs.get("credentialArn"))
        for rule in of(graph, "PullThroughCacheRule").values()
    }
    assert rules == {
        "mlops-local/quay": ("quay.io", None),
        "mlops-local/docker-hub": ("registry-1.docker.io", SECRET),
    }


def test_what_ecr_makes_for_a_cache_is_as_guarded_as_the_rest_and_tagged(graph: Graph) -> None:
    key = of(graph, "Key")["registry"].outputs["arn"]
    templates = of(graph, "RepositoryCreationTemplate").values()
    assert {template.inputs["prefix"] for template in templates} == {"mlops-local/quay", "mlops-local/docker-hub"}
    for template in templates:
        assert template.inputs["imageTagMutability"] == "IMMUTABLE"
        assert template.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": key}]
        assert template.inputs["resourceTags"]["groundwork:environment"] == "local"
    maker = statements(of(graph, "RolePolicy")["registry-cache"])
    assert maker["Key"]["Resource"] == key
    assert maker["Repositories"]["Resource"] == [
        f"arn:aws:ecr:eu-central-1:111122223333:repository/mlops-local/{cache}/*" for cache in ("quay", "docker-hub")
    ]


def test_the_rules_know_a_cached_image_from_a_foreign_one(graph: Graph) -> None:
    assert [violation for violation in check(graph) if violation.rule == "pinned-image"] == []


def test_without_caches_and_repositories_there_is_nothing_to_push_to_and_images_come_from_afar() -> None:
    bare = environment(account=ACCOUNT, registry={"kind": "ecr"})
    assert not of(bare, "Repository") and not of(bare, "PullThroughCacheRule")
    assert "registry_push_policy" not in bare.outputs
    assert not any(HOST in image for image in images(bare))


def test_inspector_scans_the_environments_images_where_it_is_asked_to() -> None:
    asked = environment(account=ACCOUNT, registry={"kind": "ecr", "enhanced_scanning": True})
    scanning = of(asked, "RegistryScanningConfiguration")["registry"].inputs
    assert scanning["scanType"] == "ENHANCED"
    assert scanning["rules"][0]["repositoryFilters"] == [{"filter": "mlops-local/*", "filterType": "WILDCARD"}]
