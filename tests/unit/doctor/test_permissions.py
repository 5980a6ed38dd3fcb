"""What the deploying role may do, as IAM says it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.doctor.account import permissions
from infra.doctor.account.session import Account
from infra.policy.actions import is_unscoped
from tests.unit.doctor.accounts import REGION, account, checks, chosen, stub

ROLE = "arn:aws:iam::123456789012:role/ci/deployer"
SESSION = "arn:aws:sts::123456789012:assumed-role/deployer/run"
USER = "arn:aws:iam::123456789012:user/ann"


class Iam:
    """An IAM that allows what a function says, and remembers what it was asked."""

    def __init__(self, allows: Callable[[dict[str, Any]], set[str]]) -> None:
        self._allows = allows
        self.asked: list[dict[str, Any]] = []

    def get_role(self, RoleName: str) -> dict[str, Any]:
        return {"Role": {"Arn": ROLE}}

    def get_paginator(self, operation: str) -> "Iam":
        assert operation == "simulate_principal_policy"
        return self

    def paginate(self, **question: Any) -> list[dict[str, Any]]:
        self.asked.append(question)
        allowed = self._allows(question)
        decisions = [
            {"EvalActionName": name, "EvalDecision": "allowed" if name in allowed else "implicitDeny"}
            for name in question["ActionNames"]
        ]
        return [{"EvaluationResults": decisions}]


def _program() -> None:
    provider = aws.Provider("account", region=REGION, allowed_account_ids=["123456789012"])
    opts = pulumi.ResourceOptions(provider=provider)
    aws.s3.Bucket("artifacts", bucket="mlops-prod-artifacts", opts=opts)
    aws.ec2.Vpc("network", cidr_block="10.64.0.0/16", opts=opts)


def _account(iam: Iam, arn: str = SESSION) -> Account:
    identity = {"Arn": arn, "Account": "123456789012", "UserId": "x"}
    return replace(account(_program, sts=stub("sts", ("get_caller_identity", identity)), iam=iam), chosen=chosen())


def test_one_who_may_do_everything_is_asked_once() -> None:
    iam = Iam(lambda question: set(question["ActionNames"]))
    ((verdict, message),) = checks(permissions.deployment, _account(iam))
    assert verdict == "ok"
    assert message.startswith(f"{ROLE} may do all of ")
    assert [question["ResourceArns"] for question in iam.asked] == [["*"]]
    assert {"s3:CreateBucket", "ec2:CreateVpc"} <= set(iam.asked[0]["ActionNames"])


def test_one_who_may_do_it_on_these_resources_with_these_tags_alone_is_asked_so() -> None:
    def allows(question: dict[str, Any]) -> set[str]:
        asked = question["ActionNames"]
        return {action for action in asked if question["ResourceArns"] != ["*"] or is_unscoped(action)}

    iam = Iam(allows)
    assert checks(permissions.deployment, _account(iam))[0][0] == "ok"
    buckets = next(q for q in iam.asked[1:] if "s3:CreateBucket" in q["ActionNames"])
    assert buckets["ResourceArns"] == ["arn:aws:s3:::mlops-prod-artifacts"]
    made = next(q for q in iam.asked[1:] if "ec2:CreateVpc" in q["ActionNames"])
    assert made["ContextEntries"] == [
        {
            "ContextKeyName": "aws:RequestTag/groundwork:environment",
            "ContextKeyValues": ["prod"],
            "ContextKeyType": "string",
        }
    ]


def test_what_may_not_be_done_is_a_problem_with_its_resource() -> None:
    iam = Iam(lambda question: set(question["ActionNames"]) - {"s3:CreateBucket"})
    ((verdict, message),) = checks(permissions.deployment, _account(iam))
    assert verdict == "problem"
    assert message == f"{ROLE} may not s3:CreateBucket on arn:aws:s3:::mlops-prod-artifacts"


def test_the_named_deployer_is_asked_about_whoever_asks() -> None:
    cluster = {"kind": "eks", "deployer": "arn:aws:iam::123456789012:role/deployer"}
    iam = Iam(lambda question: set(question["ActionNames"]))
    asked = replace(
        _account(iam, USER), chosen=chosen(cluster=cluster, network={"kind": "vpc", "cidr": "10.64.0.0/16"})
    )
    (first, second) = checks(permissions.deployment, asked)
    assert first[0] == "warning"
    assert f"you are {USER}" in first[1]
    assert second[1].startswith(cluster["deployer"])
    assert {question["PolicySourceArn"] for question in iam.asked} == {cluster["deployer"]}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("NoSuchEntity", "eks.amazonaws.com will make one: the deployer needs iam:CreateServiceLinkedRole"),
        (
            {
                "Role": {
                    "RoleName": "AWSServiceRoleForAmazonEKS",
                    "Path": "/aws-service-role/eks.amazonaws.com/",
                    "RoleId": "AROA0123456789012345",
                    "Arn": "arn:aws:iam::123456789012:role/aws-service-role/eks.amazonaws.com/x",
                    "CreateDate": datetime(2026, 1, 1, tzinfo=UTC),
                }
            },
            "all of them are there",
        ),
    ],
)
def test_service_linked_roles_that_are_missing_are_told(answer: Any, says: str) -> None:
    def program() -> None:
        aws.eks.Cluster("cluster", name="mlops-prod", role_arn="arn", vpc_config={"subnet_ids": ["subnet-1"]})

    asked = account(program, iam=stub("iam", ("get_role", answer)))
    assert checks(permissions.service_linked_roles, asked) == [("ok", says)]


def test_who_may_not_simulate_is_told_so() -> None:
    refused = _account(Iam(lambda _: set()))
    identity = {"Arn": USER, "Account": "123456789012", "UserId": "x"}
    denied = stub("iam", ("simulate_principal_policy", "AccessDenied"))
    asked = replace(refused, clients={"sts": stub("sts", ("get_caller_identity", identity)), "iam": denied})
    assert checks(permissions.deployment, asked) == [
        ("not checked", "these credentials may not ask for it (SimulatePrincipalPolicy)")
    ]


@pytest.mark.parametrize("arn", ["arn:aws:iam::123456789012:root"])
def test_the_root_user_is_not_simulated(arn: str) -> None:
    iam = Iam(lambda _: set())
    ((verdict, _),) = checks(permissions.deployment, _account(iam, arn))
    assert verdict == "not checked"
    assert iam.asked == []
