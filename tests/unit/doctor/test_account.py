"""What an account is asked, on simulated APIs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import boto3
import pulumi_aws as aws
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.doctor import Check, Verdict
from infra.doctor.account import Inquiry, answer, examine, names, offers, permissions, quotas, vcpus
from infra.doctor.account.session import Account, identify
from infra.graph import Graph, capture
from infra.settings.capabilities import AwsAccount

REGION = "eu-central-1"
MOTO_ACCOUNT = "123456789012"


def _settings(**changes: Any) -> AwsAccount:
    return AwsAccount.model_validate(
        {"kind": "aws", "id": MOTO_ACCOUNT, "region": REGION, "zones": ("a", "b"), **changes}
    )


def _account(program: Callable[[], object] = lambda: None, **clients: Any) -> Account:
    account = Account(_settings(), "prod", capture("prod", program), dict(clients))
    account.__dict__["session"] = _session()
    return account


@cache
def _session() -> boto3.Session:
    """One for all: it reads the services' models once."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)


def _checks(inquiry: Any, account: Account) -> list[tuple[str, str]]:
    found = answer(Inquiry("area", "subject", inquiry), account)
    return [(check.verdict.value, check.message) for check in found]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def moto() -> Iterator[None]:
    with mock_aws():
        yield


def _stub(service: str, *answers: tuple[str, Any]) -> Any:
    """A client that answers these operations, or refuses them with a code, in this order."""
    client = _session().client(service, region_name=REGION)  # type: ignore[call-overload]
    stubber = Stubber(client)
    for operation, response in answers:
        if isinstance(response, str):
            stubber.add_client_error(operation, service_error_code=response)
        else:
            stubber.add_response(operation, response)
    stubber.activate()
    return client


def _asked_with_what_is_here() -> Account:
    return Account(_settings(), "prod", Graph("prod", ()))


def test_the_stack_s_own_account_is_asked(moto: None) -> None:
    identity = identify(_account())
    assert identity.usable
    assert [check.verdict for check in identity.checks] == [Verdict.OK, Verdict.OK]


def test_a_foreign_account_is_asked_nothing_more(moto: None) -> None:
    account = AwsAccount.model_validate({**_settings().model_dump(), "id": "444455556666"})
    checks = list(examine(account, "prod", Graph("prod", ()), offline=False))
    assert [check.verdict for check in checks] == [Verdict.OK, Verdict.PROBLEM, Verdict.UNKNOWN]
    assert checks[1].message == "the credentials are of account 123456789012, the stack is in 444455556666"
    assert "quotas, names, permissions" in checks[2].message


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
    identity = identify(_account(sts=_stub("sts", ("get_caller_identity", code))))
    assert not identity.usable
    assert identity.checks[0].message == says
    assert identity.checks[0].remedy


def test_a_profile_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    identity = identify(_asked_with_what_is_here())
    assert not identity.usable
    assert "nowhere" in identity.checks[0].message


def test_offline_asks_nothing() -> None:
    checks = list(examine(_settings(), "prod", Graph("prod", ()), offline=True))
    assert [check.verdict for check in checks] == [Verdict.UNKNOWN]


def test_what_may_not_be_asked_is_not_checked_and_no_problem() -> None:
    account = _account(ec2=_stub("ec2", ("describe_regions", "UnauthorizedOperation")))
    assert _checks(offers.zones, account) == [("not checked", "these credentials may not ask for it (DescribeRegions)")]


def test_the_zones_must_be_there(moto: None) -> None:
    assert _checks(offers.zones, _account()) == [("ok", "eu-central-1a, eu-central-1b are available")]
    account = replace(_account(), settings=_settings(zones=("a", "f")))
    ((verdict, message),) = _checks(offers.zones, account)
    assert verdict == "problem"
    assert message.startswith("eu-central-1f not available; eu-central-1a, ")


def test_a_region_that_is_not_enabled_is_a_problem() -> None:
    region = {"Regions": [{"RegionName": "af-south-1", "OptInStatus": "not-opted-in"}]}
    account = _account(ec2=_stub("ec2", ("describe_regions", region)))
    assert _checks(offers.zones, account) == [("problem", "is not enabled for this account")]


def _networks() -> None:
    for name in ("one", "two"):
        aws.ec2.Vpc(name, cidr_block="10.64.0.0/16")


def test_a_quota_counts_what_others_have(moto: None) -> None:
    ec2 = _session().client("ec2", region_name=REGION)
    (vpcs,) = (quota for quota in quotas.QUOTAS if quota.subject == "VPCs")
    # An account begins with a default network.
    assert _checks(vpcs.ask, _account(_networks)) == [("ok", "2 wanted, 1 of 5 in use")]
    for number in range(3):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    (check,) = answer(Inquiry("quotas", "VPCs", vpcs.ask), _account(_networks))
    assert (check.verdict, check.message) == (Verdict.PROBLEM, "2 wanted, 4 of 5 in use")
    assert "--service-code vpc --quota-code L-F678F1CE --desired-value 6" in check.remedy


def test_what_the_environment_has_already_does_not_count_twice(moto: None) -> None:
    ec2 = _session().client("ec2", region_name=REGION)
    tags: Any = [{"ResourceType": "vpc", "Tags": [{"Key": "groundwork:environment", "Value": "prod"}]}]
    for number in range(4):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16", TagSpecifications=tags)
    (vpcs,) = (quota for quota in quotas.QUOTAS if quota.subject == "VPCs")
    assert _checks(vpcs.ask, _account(_networks)) == [("ok", "2 wanted, 1 of 5 in use")]


def _gateways() -> None:
    vpc = aws.ec2.Vpc("network", cidr_block="10.64.0.0/16")
    for zone in ("a", "b"):
        subnet = aws.ec2.Subnet(zone, vpc_id=vpc.id, cidr_block="10.64.0.0/20", availability_zone=f"{REGION}{zone}")
        aws.ec2.NatGateway(zone, subnet_id=subnet.id)


def test_nat_gateways_count_by_zone(moto: None) -> None:
    (gateways,) = (quota for quota in quotas.QUOTAS if quota.subject == "NAT gateways")
    ec2 = _session().client("ec2", region_name=REGION)
    subnets = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": [f"{REGION}a"]}])["Subnets"]
    for _ in range(5):
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        ec2.create_nat_gateway(SubnetId=subnets[0]["SubnetId"], AllocationId=address)
    assert _checks(gateways.ask, _account(_gateways)) == [
        ("problem", "1 wanted in eu-central-1a, 5 of 5 in use"),
        ("ok", "1 wanted in eu-central-1b, 0 of 5 in use"),
    ]


def test_a_quota_that_was_never_raised_has_its_default() -> None:
    client = _stub(
        "service-quotas",
        ("get_service_quota", "NoSuchResourceException"),
        ("get_aws_default_service_quota", {"Quota": {"Value": 5.0}}),
    )
    assert quotas.quota(_account(**{"service-quotas": client}), "vpc", "L-F678F1CE") == 5


def _nodes() -> None:
    for name, types, capacity, sizes in (
        ("general", ["m7i.xlarge"], "ON_DEMAND", (2, 6)),
        ("gpu", ["g6e.2xlarge"], "ON_DEMAND", (0, 4)),
        ("cheap", ["p5.48xlarge"], "SPOT", (0, 1)),
    ):
        aws.eks.NodeGroup(
            name,
            cluster_name="mlops-prod",
            node_role_arn="arn:aws:iam::111122223333:role/nodes",
            subnet_ids=["subnet-1"],
            instance_types=types,
            capacity_type=capacity,
            scaling_config={"min_size": sizes[0], "desired_size": sizes[0], "max_size": sizes[1]},
        )


def test_vcpus_are_counted_by_class_and_kind_of_purchase(moto: None, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"L-1216C47A": 16.0, "L-DB2E81BA": 0.0, "L-C4BD4855": 192.0}
    monkeypatch.setattr(vcpus, "quota", lambda _account, _service, code: limits[code])
    ec2 = _session().client("ec2", region_name=REGION)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, InstanceType="m5.xlarge", MinCount=2, MaxCount=2)
    assert _checks(vcpus.ask, _account(_nodes)) == [
        ("warning", "general: 8 at first, 24 at most; 8 of 16 in use"),
        ("warning", "gpu: 0 at first, 32 at most; 0 of 0 in use"),
        ("ok", "cheap: 0 at first, 192 at most; 0 of 192 in use"),
    ]
    limits["L-1216C47A"] = 15
    assert _checks(vcpus.ask, _account(_nodes))[0][0] == "problem"


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


def _named() -> None:
    aws.s3.Bucket("artifacts", bucket="mlops-prod-artifacts")
    aws.iam.Role("deployer", name="mlops-prod-deployer", assume_role_policy="{}")
    aws.ecr.Repository("images", name="mlops-prod/images")
    aws.kms.Alias("data", name="alias/mlops-prod", target_key_id="key")
    aws.cloudwatch.LogGroup("logs", name="/aws/eks/mlops-prod/cluster")
    aws.cloudtrail.Trail("audit", name="mlops-prod", s3_bucket_name="mlops-prod-audit")
    aws.secretsmanager.Secret("token", name="mlops-prod/token")
    aws.rds.Instance("database", identifier="mlops-prod", instance_class="db.m7g.large")
    aws.eks.Cluster("cluster", name="mlops-prod", role_arn="arn", vpc_config={"subnet_ids": ["subnet-1"]})
    aws.iam.OpenIdConnectProvider("ci", url="https://token.actions.githubusercontent.com", client_id_lists=["sts"])
    aws.backup.Vault("backups", name="mlops-prod")


def _take_all(tags: dict[str, str]) -> None:
    """Makes what has the names of `_named`, with these tags."""
    listed: Any = [{"Key": key, "Value": value} for key, value in tags.items()]

    def client(service: str) -> Any:
        return _session().client(service, region_name=REGION)  # type: ignore[call-overload]

    s3 = client("s3")
    location = {"LocationConstraint": REGION}
    for bucket in ("mlops-prod-artifacts", "mlops-prod-audit"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
    client("iam").create_role(RoleName="mlops-prod-deployer", AssumeRolePolicyDocument="{}", Tags=listed)
    client("iam").create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ThumbprintList=["0" * 40], ClientIDList=["sts"], Tags=listed
    )
    client("ecr").create_repository(repositoryName="mlops-prod/images", tags=listed)
    key = client("kms").create_key(Tags=[{"TagKey": k, "TagValue": v} for k, v in tags.items()])["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName="alias/mlops-prod", TargetKeyId=key)
    client("logs").create_log_group(logGroupName="/aws/eks/mlops-prod/cluster", tags=tags)
    client("cloudtrail").create_trail(Name="mlops-prod", S3BucketName="mlops-prod-audit", TagsList=listed)
    client("secretsmanager").create_secret(Name="mlops-prod/token", SecretString="x", Tags=listed)
    client("rds").create_db_instance(
        DBInstanceIdentifier="mlops-prod", DBInstanceClass="db.m7g.large", Engine="postgres", Tags=listed
    )
    client("eks").create_cluster(
        name="mlops-prod", roleArn="arn:aws:iam::123456789012:role/x", resourcesVpcConfig={}, tags=tags
    )
    client("backup").create_backup_vault(BackupVaultName="mlops-prod", BackupVaultTags=tags)
    if tags:
        s3.put_bucket_tagging(Bucket="mlops-prod-artifacts", Tagging={"TagSet": listed})


def _name_checks() -> dict[str, list[tuple[str, str]]]:
    account = _account(_named)
    return {kind.subject: _checks(kind.ask, account) for kind in names.KINDS}


def test_every_name_is_free_in_an_empty_account(moto: None) -> None:
    found = _name_checks()
    assert len(found) == 11
    assert {verdict for checks in found.values() for verdict, _ in checks} == {"ok"}
    assert all(message.startswith("free: ") for checks in found.values() for _, message in checks)


def test_a_name_that_somebody_else_has_is_a_problem(moto: None) -> None:
    _take_all({})
    assert {subject: checks[0] for subject, checks in _name_checks().items()} == dict.fromkeys(
        (kind.subject for kind in names.KINDS), ("problem", "it exists, and is not of this environment")
    )


def test_what_the_environment_has_made_is_its_own(moto: None) -> None:
    _take_all({"groundwork:environment": "prod"})
    found = _name_checks()
    assert {verdict for checks in found.values() for verdict, _ in checks} == {"ok"}
    assert all(message.startswith("this environment's already: ") for (_, message), *_ in found.values())


def test_another_environment_s_tags_are_not_ours(moto: None) -> None:
    _take_all({"groundwork:environment": "dev"})
    assert {verdict for checks in _name_checks().values() for verdict, _ in checks} == {"problem"}


def test_a_bucket_of_another_account_is_a_problem() -> None:
    client = _session().client("s3", region_name=REGION)
    stubber = Stubber(client)
    stubber.add_client_error("head_bucket", service_error_code="403", http_status_code=403)
    stubber.activate()
    bucket = next(kind for kind in names.KINDS if kind.subject == "buckets")
    assert _checks(bucket.ask, _account(_named, s3=client)) == [("problem", "it exists, in another account or region")]


def test_a_deleted_secret_still_holds_its_name(moto: None) -> None:
    client = _session().client("secretsmanager", region_name=REGION)
    client.create_secret(Name="mlops-prod/token", SecretString="x")
    client.delete_secret(SecretId="mlops-prod/token")
    secret = next(kind for kind in names.KINDS if kind.subject == "secrets")
    ((verdict, message),) = _checks(secret.ask, _account(_named))
    assert verdict == "problem"
    assert "holds the name until its recovery window is over" in message


def _cluster(version: str) -> Callable[[], None]:
    def program() -> None:
        aws.eks.Cluster(
            "cluster", name="mlops-prod", version=version, role_arn="arn", vpc_config={"subnet_ids": ["subnet-1"]}
        )

    return program


OFFERED = {
    "clusterVersions": [
        {"clusterVersion": "1.36", "versionStatus": "STANDARD_SUPPORT"},
        {"clusterVersion": "1.35", "versionStatus": "STANDARD_SUPPORT"},
        {"clusterVersion": "1.32", "versionStatus": "EXTENDED_SUPPORT"},
        {"clusterVersion": "1.29", "versionStatus": "UNSUPPORTED"},
    ]
}


@pytest.mark.parametrize(
    ("wanted", "present", "expected"),
    [
        ("1.36", None, [("ok", "1.36 is offered")]),
        ("1.36", "1.36", [("ok", "1.36 is offered"), ("ok", "the cluster has 1.36")]),
        ("1.36", "1.35", [("ok", "1.36 is offered"), ("ok", "the cluster has 1.35")]),
        (
            "1.36",
            "1.34",
            [("ok", "1.36 is offered"), ("problem", "the cluster has 1.34, the stack wants 1.36")],
        ),
        ("1.35", "1.36", [("ok", "1.35 is offered"), ("problem", "the cluster has 1.36, the stack wants 1.35")]),
        ("1.32", None, [("warning", "1.32 is offered, in extended support, at a surcharge")]),
        ("1.29", None, [("problem", "1.29 is not offered; 1.36, 1.35, 1.32 are")]),
        ("1.99", None, [("problem", "1.99 is not offered; 1.36, 1.35, 1.32 are")]),
    ],
)
def test_a_cluster_goes_up_one_version_at_a_time(
    wanted: str, present: str | None, expected: list[tuple[str, str]]
) -> None:
    described: Any = {"cluster": {"version": present}} if present else "ResourceNotFoundException"
    client = _stub("eks", ("describe_cluster_versions", OFFERED), ("describe_cluster", described))
    assert _checks(offers.kubernetes, _account(_cluster(wanted), eks=client)) == expected


def test_instance_types_are_looked_for_in_every_zone() -> None:
    offered = {
        "InstanceTypeOfferings": [
            {"InstanceType": "m7i.xlarge", "Location": f"{REGION}a"},
            {"InstanceType": "m7i.xlarge", "Location": f"{REGION}b"},
            {"InstanceType": "g6e.2xlarge", "Location": f"{REGION}b"},
        ]
    }
    account = _account(_nodes, ec2=_stub("ec2", ("describe_instance_type_offerings", offered)))
    assert _checks(offers.instance_types, account) == [
        ("ok", "is offered in every zone"),
        ("warning", "is not offered in eu-central-1a"),
        ("problem", "is not offered in any zone of eu-central-1"),
    ]


@pytest.mark.parametrize(
    ("versions", "verdict"), [(["17.4", "16.8"], "ok"), (["16.8", "15.2"], "problem"), ([], "problem")]
)
def test_a_database_class_must_be_offered_with_its_version(versions: list[str], verdict: str) -> None:
    def program() -> None:
        aws.rds.Instance(
            "database", identifier="x", engine="postgres", engine_version="17", instance_class="db.m7g.large"
        )

    options = {"OrderableDBInstanceOptions": [{"EngineVersion": version} for version in versions]}
    client = _stub("rds", ("describe_orderable_db_instance_options", options))
    ((found, _),) = _checks(offers.databases, _account(program, rds=client))
    assert found == verdict


def test_service_linked_roles_that_are_missing_are_told(moto: None) -> None:
    account = _account(_cluster("1.36"))
    ((verdict, message),) = _checks(permissions.service_linked_roles, account)
    assert (verdict, message[:17]) == ("ok", "eks.amazonaws.com")
    _session().client("iam").create_service_linked_role(AWSServiceName="eks.amazonaws.com")


def test_a_whole_stack_is_asked_about(moto: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "quota", lambda *_: 5.0)
    checks: list[Check] = list(examine(_settings(), "prod", capture("prod", _named), offline=False))
    assert {"account", "region", "quotas", "names", "permissions"} <= {check.area for check in checks}
    assert {check.area for check in checks if check.verdict is Verdict.PROBLEM} <= {"versions"}
