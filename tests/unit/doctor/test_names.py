"""Names that are free, taken, or one's own."""

from typing import Any

import pulumi_aws as aws
import pytest
from botocore.stub import Stubber

from infra.doctor import Verdict
from infra.doctor.account import examine, names, permissions, quotas
from infra.graph import capture
from tests.unit.doctor.accounts import REGION, account, checks, client, stack


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
    asked = account(_named)
    return {kind.subject: checks(kind.ask, asked) for kind in names.KINDS}


def test_every_name_is_free_in_an_empty_account(moto: None) -> None:
    found = _name_checks()
    assert len(found) == 11
    assert {verdict for told in found.values() for verdict, _ in told} == {"ok"}
    assert all(message.startswith("free: ") for told in found.values() for _, message in told)


def test_a_name_that_somebody_else_has_is_a_problem(moto: None) -> None:
    _take_all({})
    assert {subject: told[0] for subject, told in _name_checks().items()} == dict.fromkeys(
        (kind.subject for kind in names.KINDS), ("problem", "it exists, and is not of this environment")
    )


def test_what_the_environment_has_made_is_its_own(moto: None) -> None:
    _take_all({"groundwork:environment": "prod"})
    found = _name_checks()
    assert {verdict for told in found.values() for verdict, _ in told} == {"ok"}
    assert all(message.startswith("this environment's already: ") for (_, message), *_ in found.values())


def test_another_environment_s_tags_are_not_ours(moto: None) -> None:
    _take_all({"groundwork:environment": "dev"})
    assert {verdict for told in _name_checks().values() for verdict, _ in told} == {"problem"}


def test_a_bucket_of_another_account_is_a_problem() -> None:
    made = client("s3")
    stubber = Stubber(made)
    stubber.add_client_error("head_bucket", service_error_code="403", http_status_code=403)
    stubber.activate()
    bucket = next(kind for kind in names.KINDS if kind.subject == "buckets")
    assert checks(bucket.ask, account(_named, s3=made)) == [("problem", "it exists, in another account or region")]


def test_a_deleted_secret_still_holds_its_name(moto: None) -> None:
    made = client("secretsmanager")
    made.create_secret(Name="mlops-prod/token", SecretString="x")
    made.delete_secret(SecretId="mlops-prod/token")
    secret = next(kind for kind in names.KINDS if kind.subject == "secrets")
    ((verdict, message),) = checks(secret.ask, account(_named))
    assert verdict == "problem"
    assert "holds the name until its recovery window is over" in message


def test_a_whole_stack_is_asked_about(moto: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "quota", lambda *_: 5.0)
    # moto's IAM simulates nothing.
    monkeypatch.setattr(permissions, "deployment", lambda _: iter(()))
    found = list(examine(stack(), capture("prod", _named), offline=False))
    assert {"account", "region", "quotas", "names", "permissions"} <= {check.area for check in found}
    assert {check.area for check in found if check.verdict is Verdict.PROBLEM} <= {"versions"}
