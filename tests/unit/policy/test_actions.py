"""Which actions exist: botocore's operations, and what is written down beside them."""

import pytest

from infra.policy import actions


@pytest.mark.parametrize(
    "action",
    [
        "eks:DescribeCluster",
        "ec2:CreateVpc",
        "EC2:createvpc",
        "elasticloadbalancing:CreateTargetGroup",
        "servicequotas:ListServiceQuotas",
        "s3:ListBucket",
        "s3:PutEncryptionConfiguration",
        "iam:PassRole",
        "kms:ReEncryptFrom",
        "sts:TagSession",
        "rds-db:connect",
        "kms:GenerateDataKey*",
    ],
)
def test_an_action_exists(action: str) -> None:
    assert actions.matching(action)


@pytest.mark.parametrize(
    "action",
    [
        "s3:ListObjectsV2",
        "s3:HeadObject",
        "s3:PutBucketEncryption",
        "kms:ReEncrypt",
        "ec2:CreateVPCs",
        "budgets:CreateBudget",
        "sns:PublishBatch",
        "s4:GetObject",
        "eks:Fly*",
        "GetObject",
    ],
)
def test_an_action_does_not_exist(action: str) -> None:
    assert not actions.matching(action)


def test_a_wildcard_means_each_action_that_it_matches() -> None:
    assert actions.matching("kms:ReEncrypt*") == {"kms:ReEncryptFrom", "kms:ReEncryptTo"}


@pytest.mark.parametrize("service", sorted(actions._NO_OPERATION.keys() - actions._WRITTEN_OUT))
def test_only_what_the_models_lack_is_written_down(service: str) -> None:
    operations = actions._operations(service)
    assert (actions._NO_OPERATION[service] & operations) == set()


@pytest.mark.parametrize("service", sorted(actions._NO_ACTION))
def test_what_is_taken_away_is_in_the_models(service: str) -> None:
    assert actions._NO_ACTION[service] <= actions._operations(service)


@pytest.mark.parametrize("pattern", actions.UNSCOPED)
def test_an_action_that_cannot_be_narrowed_exists(pattern: str) -> None:
    assert actions.matching(pattern)


def test_a_wildcard_is_unscoped_only_if_all_that_it_means_is() -> None:
    assert actions.is_unscoped("ec2:DescribeVpcs")
    assert not actions.is_unscoped("ec2:*")
    assert not actions.is_unscoped("ec2:CreateVpc")
