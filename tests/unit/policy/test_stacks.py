"""Every committed environment keeps every rule, and its policies say why where they are wide."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from components.aws import policies
from infra.graph import Graph, capture_environment
from infra.paths import STACKS
from infra.policy import check
from infra.policy.documents import documents
from infra.settings import load, placeholder_root_secret

NAMES = sorted(path.name.split(".")[1] for path in STACKS.glob("Pulumi.*.yaml"))


@pytest.fixture(params=NAMES)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _graph(stack: str) -> Graph:
    loaded = load(stack)
    return capture_environment(loaded, placeholder_root_secret(loaded.settings))


def test_it_keeps_every_rule(stack: str) -> None:
    account = load(stack).settings.account
    without = ["protected"] if account and account.protection == "off" else []
    assert [f"{v.type} {v.name}: {v.message} ({v.rule})" for v in check(_graph(stack), without=without)] == []


def test_every_policy_is_made_of_statements_that_need_reasons(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written: set[str] = set()

    def dumps(*args: Any, **options: Any) -> str:
        text = json.dumps(*args, **options)
        written.add(text)
        return text

    monkeypatch.setattr(policies, "json", SimpleNamespace(dumps=dumps))
    by_hand = [f"{d.resource.name}: {d.path}" for d in documents(_graph(stack)) if d.text not in written]
    assert by_hand == []


def test_a_wildcard_without_a_reason_makes_no_policy() -> None:
    import pulumi
    import pulumi_aws as aws

    from infra.graph import capture

    def program() -> None:
        wide = policies.Statement(sid="Wide", actions=["s3:Get*"], resources=["arn:aws:s3:::data"])
        aws.iam.RolePolicy("wide", role="role", policy=policies.policy_document(wide))
        pulumi.export("done", True)

    with pytest.raises(ValueError, match="Wide has a wildcard and no reason"):
        capture("wide", program)
