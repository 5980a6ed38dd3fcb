"""Whose credentials there are, and what an account is asked with them."""

from typing import Any

import pytest
from botocore.parsers import ResponseParserError

from infra.doctor import Verdict
from infra.doctor.account import examine, offers
from infra.doctor.account.session import Account, identify
from infra.graph import Graph
from tests.unit.doctor.accounts import REGION, account, checks, settings, stack, stub


def _asked_with_what_is_here() -> Account:
    return Account(settings(), "prod", Graph("prod", ()))


def test_the_stack_s_own_account_is_asked(moto: None) -> None:
    identity = identify(account())
    assert identity.usable
    assert [check.verdict for check in identity.checks] == [Verdict.OK, Verdict.OK]


def test_a_foreign_account_is_asked_nothing_more(moto: None) -> None:
    foreign = {"kind": "aws", "id": "444455556666", "region": REGION}
    found = list(examine(stack(account=foreign), Graph("prod", ()), offline=False))
    assert [check.verdict for check in found] == [Verdict.OK, Verdict.PROBLEM, Verdict.UNKNOWN]
    assert found[1].message == "the credentials are of account 123456789012, the stack is in 444455556666"
    assert "quotas, names, permissions" in found[2].message


def test_without_credentials_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    identity = identify(_asked_with_what_is_here())
    assert not identity.usable
    assert (identity.checks[0].verdict, identity.checks[0].message) == (
        Verdict.PROBLEM,
        "there are no AWS credentials here",
    )


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ExpiredToken", "the AWS credentials have expired"),
        ("ExpiredTokenException", "the AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS doesn't know these credentials"),
    ],
)
def test_credentials_that_aws_refuses_are_told_apart(code: str, says: str) -> None:
    identity = identify(account(sts=stub("sts", ("get_caller_identity", code))))
    assert not identity.usable
    assert identity.checks[0].message == says
    assert identity.checks[0].remedy


def test_a_profile_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    identity = identify(_asked_with_what_is_here())
    assert not identity.usable
    assert "nowhere" in identity.checks[0].message


def test_what_is_no_aws_api_is_not_checked_either() -> None:
    def broken(_: Account) -> Any:
        raise ResponseParserError("<html>")

    assert checks(broken, account()) == [("not checked", "what answers is not AWS's API: a proxy?")]


def test_offline_asks_nothing() -> None:
    found = list(examine(stack(), Graph("prod", ()), offline=True))
    assert [check.verdict for check in found] == [Verdict.UNKNOWN]


def test_what_may_not_be_asked_is_not_checked_and_no_problem() -> None:
    asked = account(ec2=stub("ec2", ("describe_regions", "UnauthorizedOperation")))
    assert checks(offers.zones, asked) == [("not checked", "these credentials may not ask for it (DescribeRegions)")]
