"""Who may deploy and who may look, by the subjects of their tokens."""

import json
from typing import Any

import pytest

from infra.graph import Graph, Resource
from infra.policy import check
from tests.unit.components.environment import environment, output

ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
UUID = "0f7c3f4e-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
PIPELINES: dict[str, dict[str, Any]] = {
    "github": {"repositories": ["example/platform"], "branches": ["main"], "environments": ["prod"]},
    "gitlab": {"projects": ["example/ml/platform"]},
    "circleci": {"organization": UUID, "projects": [{"id": UUID, "origin": "github.com/example/platform"}]},
}


def _delivery(**delivery: Any) -> Graph:
    return environment(account=ACCOUNT, delivery={"kind": "oidc", **delivery})


def _roles(graph: Graph) -> dict[str, Resource]:
    return {r.inputs["name"]: r for r in graph if r.type == "aws:iam/role:Role"}


def _trust(graph: Graph, purpose: str) -> list[dict[str, Any]]:
    body = json.loads(_roles(graph)[f"mlops-local-{purpose}"].inputs["assumeRolePolicy"])
    statements: list[dict[str, Any]] = body["Statement"]
    return statements


def _subjects(graph: Graph, purpose: str) -> tuple[str, list[str]]:
    """The operator, and the subjects that it takes."""
    (statement,) = _trust(graph, purpose)
    ((operator, given),) = [
        (operator, value)
        for operator, tests in statement["Condition"].items()
        for key, value in tests.items()
        if key.endswith(":sub")
    ]
    return operator, [given] if isinstance(given, str) else given


def test_github_deploys_from_named_branches_and_environments() -> None:
    graph = _delivery(github=PIPELINES["github"])
    assert _subjects(graph, "deploy") == (
        "StringEquals",
        ["repo:example/platform:ref:refs/heads/main", "repo:example/platform:environment:prod"],
    )
    assert _subjects(graph, "preview") == ("StringEquals", ["repo:example/platform:pull_request"])


def test_gitlab_deploys_from_named_branches_and_previews_any_of_the_project() -> None:
    graph = _delivery(gitlab=PIPELINES["gitlab"])
    project = "project_path:example/ml/platform:ref_type:branch:ref"
    assert _subjects(graph, "deploy") == ("StringEquals", [f"{project}:main"])
    assert _subjects(graph, "preview") == ("StringLike", [f"{project}:*"])


def test_circleci_deploys_from_named_branches_of_one_repository() -> None:
    graph = _delivery(circleci=PIPELINES["circleci"])
    project = f"org/{UUID}/project/{UUID}/user/*/vcs-origin/github.com/example/platform/vcs-ref/refs/heads"
    assert _subjects(graph, "deploy") == ("StringLike", [f"{project}/main"])
    assert _subjects(graph, "preview") == ("StringLike", [f"{project}/*"])


@pytest.mark.parametrize(
    ("pipelines", "issuer", "audience"),
    [
        ("github", "token.actions.githubusercontent.com", "sts.amazonaws.com"),
        ("gitlab", "gitlab.com", "https://gitlab.com"),
        ("circleci", f"oidc.circleci.com/org/{UUID}", UUID),
    ],
)
def test_tokens_are_taken_from_one_issuer_for_one_audience(pipelines: str, issuer: str, audience: str) -> None:
    graph = _delivery(**{pipelines: PIPELINES[pipelines]})
    (provider,) = [r for r in graph if r.type == "aws:iam/openIdConnectProvider:OpenIdConnectProvider"]
    assert provider.inputs["url"] == f"https://{issuer}"
    assert provider.inputs["clientIdLists"] == [audience]
    for purpose in ("deploy", "preview"):
        (statement,) = _trust(graph, purpose)
        assert statement["Principal"] == {"Federated": provider.outputs["arn"]}
        assert statement["Condition"]["StringEquals"][f"{issuer}:aud"] == audience


def test_all_pipelines_share_the_two_roles() -> None:
    graph = _delivery(**PIPELINES)
    assert [s["Sid"] for s in _trust(graph, "deploy")] == ["Github", "Gitlab", "Circleci"]
    assert output(graph, "delivery_deploy_role") == _roles(graph)["mlops-local-deploy"].outputs["arn"]


def test_sessions_end_after_an_hour() -> None:
    assert {r.inputs["maxSessionDuration"] for r in _roles(_delivery(**PIPELINES)).values()} == {3600}


def test_a_provider_that_exists_is_used() -> None:
    arn = "arn:aws:iam::111122223333:oidc-provider/gitlab.com"
    graph = _delivery(gitlab={**PIPELINES["gitlab"], "provider": arn})
    assert not [r for r in graph if r.type.endswith(":OpenIdConnectProvider")]
    assert _trust(graph, "deploy")[0]["Principal"] == {"Federated": arn}


def test_without_a_preview_there_is_no_role_that_looks() -> None:
    graph = _delivery(github=PIPELINES["github"], preview=False)
    assert _roles(graph).keys() == {"mlops-local-deploy"}
    assert "delivery_preview_role" not in graph.outputs


def test_the_roles_get_the_policies_that_exist_for_them() -> None:
    policies = {name: f"arn:aws:iam::111122223333:policy/mlops-{name}" for name in ("deploy-1", "preview-1")}
    graph = _delivery(
        github=PIPELINES["github"], deploy_policies=[policies["deploy-1"]], preview_policies=[policies["preview-1"]]
    )
    attached = {r.inputs["role"]: r.inputs["policyArn"] for r in graph if r.type.endswith(":RolePolicyAttachment")}
    assert attached == {"mlops-local-deploy": policies["deploy-1"], "mlops-local-preview": policies["preview-1"]}


def test_the_deployer_is_not_under_the_platform_s_own_boundary() -> None:
    boundary = "arn:aws:iam::111122223333:policy/boundary"
    account = {**ACCOUNT, "permission_boundary": boundary}
    delivery = {"kind": "oidc", "github": PIPELINES["github"]}
    graph = environment(account=account, delivery=delivery, audit={"kind": "cloudtrail", "cloudwatch": True})
    bounded = {r.name: r.inputs.get("permissionsBoundary") for r in graph if r.type == "aws:iam/role:Role"}
    assert bounded == {"deploy": None, "preview": None, "audit": boundary}
    assert check(graph) == []
