"""Pulumi's inputs beside Terraform's attributes."""

import json
from typing import Any

import pytest

from infra.graph import Secret
from infra.terraform.comparing import compare, reach

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["a", "b"]}]}
AS_AWS_KEEPS_IT = {
    "Statement": {"Action": "s3:Get*", "Resource": ["b", "a"], "Effect": "Allow"},
    "Version": "2012-10-17",
}


def _translate(text: str) -> str | None:
    return None if "simulated" in text else text


def _differing(inputs: dict[str, Any], attributes: dict[str, Any]) -> list[tuple[str, bool | None]]:
    return [(item.path, item.same) for item in compare(inputs, attributes, _translate) if not item.same]


@pytest.mark.parametrize(
    ("inputs", "attributes"),
    [
        ({"cidrBlock": "10.0.0.0/16"}, {"cidr_block": "10.0.0.0/16", "arn": "x"}),
        ({"vpcConfig": {"subnetIds": ["b", "a"]}}, {"vpc_config": [{"subnet_ids": ["a", "b"], "vpc_id": "vpc-1"}]}),
        ({"lifecycleRules": [{"id": "x"}]}, {"lifecycle_rule": [{"id": "x", "prefix": ""}]}),
        ({"policies": [{"p": "x"}]}, {"policy": [{"p": "x"}]}),
        ({"topic": "arn:sns"}, {"topic_arn": "arn:sns"}),
        ({"name": "high"}, {"alarm_name": "high"}),
        ({"retentionInDays": 365}, {"retention_in_days": 365}),
        ({"retentionInDays": 365.0}, {"retention_in_days": "365"}),
        ({"enabled": True}, {"enabled": "true"}),
        ({"enabled": False}, {"enabled": None}),
        ({"policy": json.dumps(POLICY)}, {"policy": json.dumps(AS_AWS_KEEPS_IT)}),
        ({"url": "https://ci.example.com"}, {"url": "ci.example.com"}),
        ({"name": "_x.example.com."}, {"name": "_x.example.com"}),
        ({"tags": {"Name": "a"}}, {"tags": {"Name": "a", "other": None}}),
        ({"description": ""}, {"description": None}),
        ({"password": Secret("x")}, {"password": "y"}),
        ({"unset": None, "__defaults": []}, {}),
        (
            {"rules": [{"name": "b", "days": 2}, {"name": "a", "days": 1}]},
            {"rule": [{"name": "a", "days": 1, "date": None, "kind": "x"}, {"name": "b", "days": 2}]},
        ),
        (
            {"domainName": "x.example.com", "subjectAlternativeNames": ["*.x.example.com"]},
            {"domain_name": "x.example.com", "subject_alternative_names": ["*.x.example.com", "x.example.com"]},
        ),
    ],
)
def test_the_same_in_other_words_is_the_same(inputs: dict[str, Any], attributes: dict[str, Any]) -> None:
    assert _differing(inputs, attributes) == []


@pytest.mark.parametrize(
    ("inputs", "attributes", "differing"),
    [
        ({"cidrBlock": "10.0.0.0/16"}, {"cidr_block": "10.1.0.0/16"}, [("cidr_block", False)]),
        ({"vpcConfig": {"public": True}}, {"vpc_config": [{"public": False}]}, [("vpc_config.public", False)]),
        ({"vpcConfig": {"public": True}}, {"vpc_config": []}, [("vpc_config.public", False)]),
        ({"brandNew": 1}, {}, [("brand_new", False)]),
        ({"subnetIds": ["a"]}, {"subnet_ids": ["a", "b"]}, [("subnet_ids", False)]),
        ({"rules": [{"n": "a"}]}, {"rule": [{"n": "a"}, {"n": "b"}]}, [("rule", False)]),
        (
            {"rules": [{"n": "a", "d": 1}, {"n": "b", "d": 9}]},
            {"rule": [{"n": "b", "d": 2}, {"n": "a", "d": 1}]},
            [("rule.d", False)],
        ),
        ({"tags": {"Name": "a"}}, {"tags": {"Name": "a", "team": "b"}}, [("tags", False)]),
        ({"tags": {"Name": "a"}}, {"tags": {"Name": "b"}}, [("tags.Name", False)]),
        ({"vpcId": "vpc-simulated"}, {"vpc_id": "vpc-1"}, [("vpc_id", None)]),
        ({"subnetIds": ["simulated", "a"]}, {"subnet_ids": ["a", "b"]}, [("subnet_ids", None)]),
        ({"subnetIds": ["simulated", "c"]}, {"subnet_ids": ["a", "b"]}, [("subnet_ids", False)]),
    ],
)
def test_what_differs_is_named(
    inputs: dict[str, Any], attributes: dict[str, Any], differing: list[tuple[str, bool | None]]
) -> None:
    assert _differing(inputs, attributes) == differing


def test_an_output_is_reached_in_the_attributes() -> None:
    attributes = {"master_user_secret": [{"secret_arn": "arn"}], "vpc_config": [{"cluster_security_group_id": "sg"}]}
    assert reach(attributes, ("masterUserSecrets", 0, "secretArn")) == "arn"
    assert reach(attributes, ("vpcConfig", "clusterSecurityGroupId")) == "sg"
    assert reach(attributes, ("masterUserSecrets", 1, "secretArn")) is None
    assert reach(attributes, ("nothing",)) is None
