"""Every committed environment keeps every rule, and its policies say why where they are wide."""

import json
from functools import cache
from types import SimpleNamespace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.aws import policies
from infra import paths
from infra.build import build
from infra.graph import Graph, capture
from infra.policy import check
from infra.policy.documents import documents
from infra.settings import EnvironmentSettings, load, placeholder_root_secret
from infra.terraform.types import known_kinds
from tests.unit.policy.alternatives import ON_AWS
from tests.unit.settings.good import GOOD, complete

STACKS = sorted(path.name.split(".")[1] for path in paths.STACKS.glob("Pulumi.*.yaml"))
ENVIRONMENTS = {
    **{name: load(name).settings for name in STACKS},
    **{
        name: EnvironmentSettings.model_validate(complete(settings))
        for name, settings in {**GOOD, **ON_AWS}.items()
        if "account" in settings
    },
}
"""The committed stacks, and on AWS every kind of every capability."""


@cache
def _captured(name: str) -> tuple[Graph, frozenset[str]]:
    """The graph of one environment, and the policies that `policy_document` wrote into it."""
    settings, written = ENVIRONMENTS[name], set()

    def dumps(*args: Any, **options: Any) -> str:
        text = json.dumps(*args, **options)
        written.add(text)
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policies, "json", SimpleNamespace(dumps=dumps))
        graph = capture("rules", lambda: build("rules", settings, placeholder_root_secret(settings)))
    return graph, frozenset(written)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_it_keeps_every_rule(name: str) -> None:
    account = ENVIRONMENTS[name].account
    without = ["protected"] if account and account.protection == "off" else []
    violations = check(_captured(name)[0], without=without)
    assert [f"{v.type} {v.name}: {v.message} ({v.rule})" for v in violations] == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_policy_is_made_of_statements_that_need_reasons(name: str) -> None:
    graph, written = _captured(name)
    assert [f"{d.resource.name}: {d.path}" for d in documents(graph) if d.text not in written] == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_terraform_adopt_knows_every_type(name: str) -> None:
    types = {resource.type for resource in _captured(name)[0] if resource.type.startswith("aws:")}
    assert types - known_kinds().keys() == set(), "infra/terraform/types.yaml lacks them"


def test_a_wildcard_without_a_reason_makes_no_policy() -> None:
    def program() -> None:
        wide = policies.Statement(sid="Wide", actions=["s3:Get*"], resources=["arn:aws:s3:::data"])
        aws.iam.RolePolicy("wide", role="role", policy=policies.policy_document(wide))
        pulumi.export("done", True)

    with pytest.raises(ValueError, match="Wide has a wildcard and no reason"):
        capture("wide", program)
