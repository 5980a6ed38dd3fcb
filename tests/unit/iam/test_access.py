"""The policies for exactly one graph: enough, no more, and as AWS takes them."""

import json
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.errors import RunFailed
from infra.graph import Graph, Resource, capture
from infra.graph.model import Graph as AnyGraph
from infra.iam import Access, Document, access
from infra.iam.boundary import boundary
from infra.iam.documents import ATTACHED, LIMIT
from infra.iam.report import trusts
from infra.policy import check
from infra.policy.actions import matching
from tests.unit.components.environment import environment
from tests.unit.policy.environments import ENVIRONMENTS, captured

ON_AWS = [name for name, settings in ENVIRONMENTS.items() if settings.account]
ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
TAG = "groundwork:environment"


@cache
def _access(name: str) -> Access:
    return access(captured(name)[0], "rules")


def _as_graph(documents: list[Document]) -> Graph:
    """The policies as if they were resources, for the rules over policies."""
    return AnyGraph(
        "rules",
        tuple(
            Resource(
                urn=f"urn::{number}",
                type="aws:iam/policy:Policy",
                name=f"policy-{number}",
                parent=None,
                custom=True,
                inputs={"policy": json.dumps(document)},
                outputs={},
                provider="urn::account",
            )
            for number, document in enumerate(documents)
        ),
    )


def _statements(documents: list[Document]) -> list[dict[str, Any]]:
    return [statement for document in documents for statement in document["Statement"]]


def _allowing(documents: list[Document], action: str) -> list[dict[str, Any]]:
    return [s for s in _statements(documents) if action in _listed(s["Action"])]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("name", ON_AWS)
def test_every_type_has_a_row(name: str) -> None:
    in_aws = [resource for resource in captured(name)[0] if resource.type.startswith("aws:")]
    assert bool(_access(name).grants) == bool(in_aws)


@pytest.mark.parametrize("name", ON_AWS)
@pytest.mark.parametrize("purpose", ["deploy", "preview"])
def test_the_policies_keep_the_rules_that_all_policies_keep(name: str, purpose: str) -> None:
    violations = check(_as_graph(getattr(_access(name), purpose)))
    assert [f"{v.name}: {v.message} ({v.rule})" for v in violations] == []


@pytest.mark.parametrize("name", ON_AWS)
def test_the_policies_fit_aws_s_limits(name: str) -> None:
    for documents in (_access(name).deploy, _access(name).preview):
        assert len(documents) <= ATTACHED
        assert all(len(json.dumps(document, separators=(",", ":"))) <= LIMIT for document in documents)
        sids = [statement["Sid"] for statement in _statements(documents)]
        assert len(sids) == len(set(sids))


@pytest.mark.parametrize("name", ON_AWS)
def test_no_action_is_a_wildcard(name: str) -> None:
    actions = [a for s in _statements(_access(name).deploy) for a in _listed(s["Action"])]
    assert [action for action in actions if "*" in action] == []


@pytest.mark.parametrize("name", ON_AWS)
def test_previewing_changes_nothing(name: str) -> None:
    verbs = ("Describe", "Get", "List", "View")
    actions = [a.partition(":")[2] for s in _statements(_access(name).preview) for a in _listed(s["Action"])]
    assert [action for action in actions if not action.startswith(verbs)] == []
    assert not _allowing(_access(name).preview, "secretsmanager:GetSecretValue")


@cache
def _audit(**account: str) -> Access:
    settings = {"kind": "cloudtrail", "cloudwatch": True, "config": True}
    return access(environment(account={**ACCOUNT, **account}, audit=settings), "local")


def test_names_that_are_given_are_named_exactly() -> None:
    (create,) = _allowing(_audit().deploy, "cloudtrail:CreateTrail")
    assert create["Resource"] == "arn:aws:cloudtrail:eu-central-1:111122223333:trail/mlops-local"


def test_names_that_are_made_up_are_narrowed_to_what_is_made_up() -> None:
    (create,) = _allowing(_audit().deploy, "iam:CreateRole")
    roles = "arn:aws:iam::111122223333:role/"
    assert create["Resource"] == [f"{roles}audit-???????", f"{roles}audit-config-???????"]


def test_what_has_no_name_is_narrowed_by_the_environment_s_tag() -> None:
    (create,) = _allowing(_audit().deploy, "kms:CreateKey")
    assert create["Condition"] == {"StringEquals": {f"aws:RequestTag/{TAG}": "local"}}
    (delete,) = _allowing(_audit().deploy, "kms:ScheduleKeyDeletion")
    assert delete["Condition"] == {"StringEquals": {f"aws:ResourceTag/{TAG}": "local"}}


def test_rules_in_a_cluster_s_own_security_group_are_narrowed_to_that_cluster() -> None:
    groups = "arn:aws:ec2:eu-central-1:111122223333:security-group/*"
    allowed = _allowing(_access("prod").deploy, "ec2:AuthorizeSecurityGroupIngress")
    conditions = [one.get("Condition") for one in allowed if groups in _listed(one["Resource"])]
    assert {"StringEquals": {"aws:ResourceTag/aws:eks:cluster-name": "mlops-rules"}} in conditions


def test_rules_in_a_group_that_is_given_by_its_id_are_for_that_group_alone() -> None:
    def program() -> None:
        given = pulumi.ResourceOptions(
            provider=aws.Provider("account", region="eu-central-1", allowed_account_ids=["111122223333"])
        )
        aws.vpc.SecurityGroupIngressRule(
            "pods", security_group_id="sg-0123456789abcdef0", ip_protocol="tcp", cidr_ipv4="10.0.0.0/8", opts=given
        )

    deploy = access(capture("local", program), "local").deploy
    allowed = _allowing(deploy, "ec2:RevokeSecurityGroupIngress")
    assert [s["Resource"] for s in allowed] == [
        "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0123456789abcdef0"
    ]
    assert "Condition" not in allowed[0]


def test_each_role_is_handed_to_its_one_service() -> None:
    passed = {
        s["Condition"]["StringEquals"]["iam:PassedToService"]: s["Resource"]
        for s in _allowing(_audit().deploy, "iam:PassRole")
    }
    roles = "arn:aws:iam::111122223333:role/"
    assert passed == {
        "cloudtrail.amazonaws.com": f"{roles}audit-???????",
        "config.amazonaws.com": f"{roles}audit-config-???????",
    }


def test_only_the_policies_of_the_graph_are_attached() -> None:
    (attach,) = _allowing(_audit().deploy, "iam:AttachRolePolicy")
    assert attach["Condition"]["ArnLike"] == {"iam:PolicyARN": "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"}


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"])
def test_where_roles_are_bounded_no_other_can_be_made(action: str) -> None:
    for statement in _allowing(_audit(permission_boundary=BOUNDARY).deploy, action):
        assert statement["Condition"]["StringEquals"]["iam:PermissionsBoundary"] == BOUNDARY


def test_the_deployer_cannot_give_itself_policies_past_the_boundary() -> None:
    policy = "arn:aws:iam::111122223333:policy/deploy-1"
    graph = environment(
        account={**ACCOUNT, "permission_boundary": BOUNDARY},
        audit={"kind": "cloudtrail", "cloudwatch": True},
        delivery={"kind": "oidc", "github": {"repositories": ["a/b"]}, "deploy_policies": [policy]},
    )
    (attach,) = _allowing(access(graph, "local").deploy, "iam:AttachRolePolicy")
    assert attach["Resource"].endswith(":role/mlops-local-deploy")
    assert attach["Condition"]["StringEquals"]["iam:PermissionsBoundary"] == BOUNDARY


def test_objects_are_deleted_only_where_a_bucket_goes_with_them() -> None:
    assert not _allowing(_audit().deploy, "s3:DeleteObject")
    resources = {
        r for s in _allowing(_audit(protection="off").deploy, "s3:DeleteObject") for r in _listed(s["Resource"])
    }
    assert "arn:aws:s3:::mlops-local-111122223333-audit/*" in resources


def test_another_partition_has_arns_of_its_own() -> None:
    (create,) = _allowing(_audit(region="us-gov-west-1").deploy, "cloudtrail:CreateTrail")
    assert create["Resource"] == "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/mlops-local"


def test_a_type_that_the_table_does_not_know_is_named() -> None:
    import pulumi_aws as aws

    graph = capture("fishing", lambda: aws.gamelift.Alias("alias", routing_strategy={"type": "TERMINAL"}))
    with pytest.raises(RunFailed, match="aws:gamelift/alias:Alias"):
        access(graph, "fishing")


def test_the_boundary_denies_actions_that_exist() -> None:
    denied = [a for s in boundary()["Statement"] if s["Effect"] == "Deny" for a in s["Action"]]
    assert [action for action in denied if not matching(action)] == []
    assert "iam:PassRole" not in {name for action in denied for name in matching(action)}


def test_the_trust_is_that_of_the_roles_in_the_graph() -> None:
    graph = environment(account=ACCOUNT, delivery={"kind": "oidc", "github": {"repositories": ["example/platform"]}})
    assert trusts(graph).keys() == {"mlops-local-deploy", "mlops-local-preview"}
