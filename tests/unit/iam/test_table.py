"""The table of what each type takes: it names types, actions and conditions that exist."""

import importlib
import re

import pytest

from infra.iam.table import PHASES, Needs, table
from infra.policy.actions import is_unscoped, matching

TABLE = table()


@pytest.fixture(params=TABLE)
def row(request: pytest.FixtureRequest) -> Needs:
    return TABLE[request.param]


@pytest.mark.parametrize("type_", TABLE)
def test_a_type_is_one_of_the_sdk(type_: str) -> None:
    _, module, name = type_.split(":")
    package, _, camel = module.partition("/")
    assert camel == name[0].lower() + name[1:]
    # Module names of the SDK keep `OpenID` and the like apart otherwise: the class itself says what it is.
    assert hasattr(importlib.import_module(f"pulumi_aws.{package}"), name)


def test_every_action_exists_by_its_full_name(row: Needs) -> None:
    keys = [f"kms:{action}" for actions in row.keys.values() for action in actions]
    named = [action for phase in PHASES for action in row.actions(phase)]
    more = [row.full(action) for action in (*row.also, *row.elsewhere, *row.when)]
    given = [row.full(action) for actions in row.given.values() for action in actions]
    every = [*named, *more, *given, *keys]
    assert [action for action in every if "*" in action or not matching(action)] == []


def test_what_an_action_also_touches_belongs_to_an_action_of_the_row(row: Needs) -> None:
    actions = {action for phase in PHASES for action in row.actions(phase)}
    given = {row.full(action) for found in row.given.values() for action in found}
    assert {row.full(action) for action in row.also} <= actions
    assert {row.full(action) for action in row.when} <= actions | given | {row.full(a) for a in row.elsewhere}


def test_nothing_in_a_row_that_the_tag_narrows_is_of_its_own(row: Needs) -> None:
    if row.tagged:
        assert row.arn.endswith("*") or row.service == "iam"


def test_a_row_that_narrows_nothing_is_read_or_changed_account_wide(row: Needs) -> None:
    """A wildcard for the whole resource, without a tag, is only right where AWS gives neither name nor tag."""
    if re.fullmatch(r"[a-z0-9-]+:[a-z-]+[/:]\*", row.arn) and not row.tagged:
        changing = {action for phase in PHASES[1:] for action in row.actions(phase) if not is_unscoped(action)}
        assert changing <= _WITHOUT_TAG, changing


_WITHOUT_TAG = {
    # AWS made the default group, before there were tags.
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
    # Hosted zones know no condition by tag.
    "route53:ChangeTagsForResource",
    "route53:DeleteHostedZone",
    "route53:UpdateHostedZoneComment",
}
