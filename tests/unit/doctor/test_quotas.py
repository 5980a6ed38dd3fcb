"""Room in an account's quotas."""

from typing import Any

import pulumi_aws as aws
import pytest

from infra.doctor import Verdict
from infra.doctor.account import Inquiry, answer, quotas, vcpus
from tests.unit.doctor.accounts import REGION, account, checks, client, nodes, stub


def _networks() -> None:
    for name in ("one", "two"):
        aws.ec2.Vpc(name, cidr_block="10.64.0.0/16")


def test_a_quota_counts_what_others_have(moto: None) -> None:
    ec2 = client("ec2")
    (vpcs,) = (quota for quota in quotas.QUOTAS if quota.subject == "VPCs")
    # An account begins with a default network.
    assert checks(vpcs.ask, account(_networks)) == [("ok", "2 wanted, 1 of 5 in use")]
    for number in range(3):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    (check,) = answer(Inquiry("quotas", "VPCs", vpcs.ask), account(_networks))
    assert (check.verdict, check.message) == (Verdict.PROBLEM, "2 wanted, 4 of 5 in use")
    assert "--service-code vpc --quota-code L-F678F1CE --desired-value 6" in check.remedy


def test_what_the_environment_has_already_does_not_count_twice(moto: None) -> None:
    ec2 = client("ec2")
    tags: Any = [{"ResourceType": "vpc", "Tags": [{"Key": "groundwork:environment", "Value": "prod"}]}]
    for number in range(4):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16", TagSpecifications=tags)
    (vpcs,) = (quota for quota in quotas.QUOTAS if quota.subject == "VPCs")
    assert checks(vpcs.ask, account(_networks)) == [("ok", "2 wanted, 1 of 5 in use")]


def _gateways() -> None:
    vpc = aws.ec2.Vpc("network", cidr_block="10.64.0.0/16")
    for zone in ("a", "b"):
        subnet = aws.ec2.Subnet(zone, vpc_id=vpc.id, cidr_block="10.64.0.0/20", availability_zone=f"{REGION}{zone}")
        aws.ec2.NatGateway(zone, subnet_id=subnet.id)


def test_nat_gateways_count_by_zone(moto: None) -> None:
    (gateways,) = (quota for quota in quotas.QUOTAS if quota.subject == "NAT gateways")
    ec2 = client("ec2")
    subnets = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": [f"{REGION}a"]}])["Subnets"]
    for _ in range(5):
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        ec2.create_nat_gateway(SubnetId=subnets[0]["SubnetId"], AllocationId=address)
    assert checks(gateways.ask, account(_gateways)) == [
        ("problem", "1 wanted in eu-central-1a, 5 of 5 in use"),
        ("ok", "1 wanted in eu-central-1b, 0 of 5 in use"),
    ]


def test_a_quota_that_was_never_raised_has_its_default() -> None:
    made = stub(
        "service-quotas",
        ("get_service_quota", "NoSuchResourceException"),
        ("list_aws_default_service_quotas", {"Quotas": [{"QuotaCode": "L-F678F1CE", "Value": 5.0}]}),
    )
    assert quotas.quota(account(**{"service-quotas": made}), "vpc", "L-F678F1CE") == 5


def test_vcpus_are_counted_by_class_and_kind_of_purchase(moto: None, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"L-1216C47A": 16.0, "L-DB2E81BA": 0.0, "L-C4BD4855": 192.0}
    monkeypatch.setattr(vcpus, "quota", lambda _account, _service, code: limits[code])
    ec2 = client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, InstanceType="m5.xlarge", MinCount=2, MaxCount=2)
    assert checks(vcpus.ask, account(nodes)) == [
        ("warning", "general: 8 at first, 24 at most; 8 of 16 in use"),
        ("warning", "gpu: 0 at first, 32 at most; 0 of 0 in use"),
        ("ok", "cheap: 0 at first, 192 at most; 0 of 192 in use"),
    ]
    limits["L-1216C47A"] = 15
    assert checks(vcpus.ask, account(nodes))[0][0] == "problem"


@pytest.mark.parametrize(
    ("type_", "spot", "klass"),
    [
        ("m7i.xlarge", False, "standard"),
        ("im4gn.large", False, "standard"),
        ("t3.medium", True, "standard"),
        ("g6e.2xlarge", False, "g"),
        ("gr6.4xlarge", False, "g"),
        ("p5.48xlarge", False, "p"),
        ("p5en.48xlarge", True, "p5"),
        ("p4d.24xlarge", True, "p"),
        ("inf2.xlarge", False, "inf"),
        ("trn1.2xlarge", False, "trn"),
        ("hpc7a.96xlarge", False, "hpc"),
    ],
)
def test_every_family_has_its_quota(type_: str, spot: bool, klass: str) -> None:
    assert vcpus.quota_class(type_, spot=spot) == klass
