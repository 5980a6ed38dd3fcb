"""Every environment keeps every rule, and its policies say why where they are wide."""

import pulumi
import pulumi_aws as aws
import pytest

from components.aws import policies
from infra.cost.table import PRICED, is_free
from infra.graph import capture
from infra.policy import check
from infra.policy.documents import documents
from infra.terraform.types import known_kinds
from tests.unit.policy.environments import ENVIRONMENTS, captured


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_it_keeps_every_rule(name: str) -> None:
    account = ENVIRONMENTS[name].account
    without = ["protected"] if account and account.protection == "off" else []
    violations = check(captured(name)[0], without=without)
    assert [f"{v.type} {v.name}: {v.message} ({v.rule})" for v in violations] == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_it_is_known_of_every_type_what_it_costs(name: str) -> None:
    types = {resource.type for resource in captured(name)[0] if resource.custom}
    assert {type_ for type_ in types if type_ not in PRICED and not is_free(type_)} == set()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_policy_is_made_of_statements_that_need_reasons(name: str) -> None:
    graph, written = captured(name)
    assert [f"{d.resource.name}: {d.path}" for d in documents(graph) if d.text not in written] == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_terraform_adopt_knows_every_type(name: str) -> None:
    types = {resource.type for resource in captured(name)[0] if resource.type.startswith("aws:")}
    assert types - known_kinds().keys() == set(), "infra/terraform/types.yaml lacks them"


def test_a_wildcard_without_a_reason_makes_no_policy() -> None:
    def program() -> None:
        wide = policies.Statement(sid="Wide", actions=["s3:Get*"], resources=["arn:aws:s3:::data"])
        aws.iam.RolePolicy("wide", role="role", policy=policies.policy_document(wide))
        pulumi.export("done", True)

    with pytest.raises(ValueError, match="Wide has a wildcard and no reason"):
        capture("wide", program)
