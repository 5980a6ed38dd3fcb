"""Each rule finds what breaks it, and nothing else; a sound graph breaks none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi_aws as aws
import pytest

from infra.graph import Graph, capture
from infra.policy import check, data, exposure, iam, ownership
from tests.unit.policy.sound import ISSUER, broken, names, sound, statement

Case = tuple[str, str, Callable[[], Graph]]


def _change(rule: str, resource: str, says: str, **changes: Any) -> Case:
    return rule, says, lambda: broken(resource, {key.replace("__", "."): value for key, value in changes.items()})


def _missing(rule: str, resource: str, says: str) -> Case:
    return rule, says, lambda: broken("", {}, without=resource)


def _statement(rule: str, resource: str, sid: str, says: str, path: str = "policy", **changes: Any) -> Case:
    return rule, says, lambda: statement(resource, sid, changes, path)


_PODS, _DEPLOYER = "RolePolicy pods", "Role deployer"
_DENY = {"Effect": "Deny"}
CASES: tuple[Case, ...] = (
    _change("iam-document", _PODS, "policy: is no policy document", policy="{"),
    _change("iam-form", _PODS, "another version", policy='{"Statement": []}'),
    _statement("iam-form", _PODS, "Read", "letters and digits", Sid="read it"),
    _statement("iam-form", _PODS, "Read", "NotAction", NotAction="s3:GetObject"),
    _statement("iam-form", _PODS, "Read", "Allow", Effect="Permit"),
    _statement("iam-form", _PODS, "Read", "no action", Action=None),
    _statement("iam-form", _PODS, "Read", "names a principal", Principal={"AWS": "111122223333"}),
    _statement("iam-form", _PODS, "Read", "names no resource", Resource=None),
    _statement("iam-form", "BucketPolicy data", "Deliver", "names no principal", Principal=None),
    _statement("iam-form", _DEPLOYER, "Pipeline", "names a resource", "assumeRolePolicy", Resource="arn:aws:x:::y"),
    _statement("iam-form", _DEPLOYER, "Pipeline", "other actions", "assumeRolePolicy", Action="s3:GetObject"),
    _statement("iam-actions", _PODS, "Read", "`s3:HeadObject` is no action", Action=["s3:GetObject", "s3:HeadObject"]),
    _statement("iam-actions", _PODS, "Read", "`nothing:Get*` is no action", Action="nothing:Get*"),
    _statement("iam-narrow", _PODS, "Read", "allows `s3:*`", Action="s3:*"),
    _statement("iam-narrow", _PODS, "Read", "allows `*`", Action="*"),
    _statement("iam-narrow", _PODS, "Read", "s3:GetObject on all resources", Resource=["arn:aws:s3:::x", "*"]),
    _statement("iam-narrow", _PODS, "Read", "s3:GetObject on all resources", Resource="arn:aws:s3:::*"),
    _statement("iam-narrow", "BucketPolicy data", "Deliver", "allows anybody", Principal="*", Condition={}),
    _statement("iam-on-behalf", "BucketPolicy data", "Deliver", "any account", Condition=None),
    _statement(
        "iam-federation",
        _DEPLOYER,
        "Pipeline",
        "for any audience",
        "assumeRolePolicy",
        Condition={"StringEquals": {f"{ISSUER}:sub": "repo:example/platform:ref:refs/heads/main"}},
    ),
    _statement(
        "iam-federation",
        _DEPLOYER,
        "Pipeline",
        "of anybody",
        "assumeRolePolicy",
        Condition={"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}, "StringLike": {f"{ISSUER}:sub": "*"}},
    ),
    _statement("iam-conditions", _PODS, "Read", "no operator", Condition={"Equals": {"aws:SourceVpc": "vpc-1"}}),
    _statement("iam-conditions", _PODS, "Read", "no condition key", Condition={"Bool": {"aws:SecureTransprt": "true"}}),
    _statement("iam-conditions", _PODS, "Read", "no condition key", Condition={"Bool": {"s4:prefix": "true"}}),
    _statement("iam-conditions", _PODS, "Read", "with nothing", Condition={"StringEquals": {"aws:SourceVpc": []}}),
    _statement("iam-conditions", _PODS, "Read", "literally", Condition={"StringEquals": {"s3:prefix": "models/*"}}),
    _statement("iam-pass-role", "Policy deployer", "HandOver", "any service", Condition=None),
    _statement("iam-size", "Policy deployer", "HandOver", "AWS takes 6144", Resource=["arn:aws:iam::1:role/x"] * 300),
    _change(
        "iam-attached",
        "RolePolicyAttachment nodes",
        "AdministratorAccess",
        policyArn="arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    _change("iam-boundary", "Role nodes", "permissionsBoundary", permissionsBoundary=None),
    _missing("s3-private", "BucketPublicAccessBlock data", "BucketPublicAccessBlock"),
    _change("s3-private", "BucketPublicAccessBlock data", "blockPublicPolicy", blockPublicPolicy=False),
    _missing("s3-owned", "BucketOwnershipControls data", "BucketOwnerEnforced"),
    _missing("s3-encrypted", "BucketServerSideEncryptionConfiguration data", "aws:kms"),
    _change("s3-versioned", "BucketVersioning data", "Enabled", versioningConfiguration__status="Suspended"),
    _statement("s3-tls", "BucketPolicy data", "Insecure", "TLS", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    _missing("s3-lifecycle", "BucketLifecycleConfiguration data", "incomplete uploads"),
    _change("rds-instance", "Instance database", "storageEncrypted", storageEncrypted=False),
    _change("rds-instance", "Instance database", "publiclyAccessible", publiclyAccessible=True),
    _change("rds-instance", "Instance database", "RDS must make", password="known", manageMasterUserPassword=None),
    _change("rds-instance", "Instance database", "keep backups", backupRetentionPeriod=0),
    _change("rds-instance", "Instance database", "snapshots", copyTagsToSnapshot=False),
    _change("rds-tls", "ParameterGroup database", "rds.force_ssl", parameters__0__value="0"),
    _change("kms-key", "Key key", "enableKeyRotation", enableKeyRotation=False),
    _change("kms-key", "Key key", "policy", policy=None),
    _change("kms-key", "Key key", "deletionWindowInDays", deletionWindowInDays=7),
    _change("ecr-repository", "Repository images", "IMMUTABLE", imageTagMutability="MUTABLE"),
    _change("ecr-repository", "Repository images", "scan", imageScanningConfiguration__scanOnPush=False),
    _change("ecr-repository", "Repository images", "KMS", encryptionConfigurations__0__encryptionType="AES256"),
    _change("log-group", "LogGroup logs", "retentionInDays", retentionInDays=0),
    _change("log-group", "LogGroup logs", "kmsKeyId", kmsKeyId=None),
    _change("encrypted", "Topic alerts", "kmsMasterKeyId", kmsMasterKeyId=None),
    _change("volumes", "Volume disk", "encrypted", encrypted=False),
    _change("trail", "Trail trail", "isMultiRegionTrail", isMultiRegionTrail=False),
    _change("trail", "Trail trail", "kmsKeyId", kmsKeyId=None),
    _change("security-group", "SecurityGroup endpoints", "internet", ingress__0__cidrBlocks=["0.0.0.0/0"]),
    _change("security-group-rule", "SecurityGroupIngressRule https", "internet", cidrIpv4="0.0.0.0/0"),
    _change("default-security-group", "DefaultSecurityGroup network", "no rule", ingress=[{"protocol": "-1"}]),
    _missing("network", "DefaultSecurityGroup network", "DefaultSecurityGroup"),
    _missing("network", "FlowLog network", "FlowLog"),
    _change("subnet", "Subnet private", "public addresses", mapPublicIpOnLaunch=True),
    _change("instance-metadata", "LaunchTemplate nodes", "IMDSv2", metadataOptions__httpTokens="optional"),
    _change("instance-metadata", "LaunchTemplate nodes", "must be 1", metadataOptions__httpPutResponseHopLimit=2),
    _change("instance-disks", "LaunchTemplate nodes", "encrypted", blockDeviceMappings__0__ebs__encrypted="false"),
    _change("node-group", "NodeGroup nodes", "launchTemplate", launchTemplate=None),
    _change("node-group", "NodeGroup nodes", "SSH", remoteAccess={"ec2SshKey": "key"}),
    _change("cluster", "Cluster cluster", "PrivateAccess", vpcConfig__endpointPrivateAccess=False),
    _change("cluster", "Cluster cluster", "must name its callers", vpcConfig__endpointPublicAccess=True),
    _change("cluster", "Cluster cluster", "scheduler", enabledClusterLogTypes=["api", "audit"]),
    _change("cluster", "Cluster cluster", "encryptionConfig", encryptionConfig=None),
    _change("cluster", "Cluster cluster", "aws-auth", accessConfig__authenticationMode="CONFIG_MAP"),
    _change("cluster", "Cluster cluster", "administrators", accessConfig__bootstrapClusterCreatorAdminPermissions=True),
    ("explicit-provider", "default provider", lambda: broken("Topic alerts", {}, provider=None)),
    _change("provider", "aws account", "allowedAccountIds", allowedAccountIds=None),
    _change("provider", "aws account", "defaultTags", defaultTags=None),
    _change("launch-tags", "LaunchTemplate nodes", "volume", tagSpecifications__1__resourceType="network-interface"),
    ("protected", "is lost with it", lambda: broken("Bucket data", {}, protect=False)),
    _change("protected", "Bucket data", "forceDestroy", forceDestroy=True),
    _change("protected", "Instance database", "deletionProtection", deletionProtection=False),
)


def test_a_sound_graph_breaks_no_rule() -> None:
    assert [f"{v.name}: {v.message} ({v.rule})" for v in check(sound())] == []


@pytest.mark.parametrize(("rule", "says", "graph"), CASES, ids=[f"{rule}: {says}" for rule, says, _ in CASES])
def test_a_rule_finds_what_breaks_it(rule: str, says: str, graph: Callable[[], Graph]) -> None:
    found = [violation for violation in check(graph()) if violation.rule == rule]
    assert found and any(says in violation.message for violation in found), found


@pytest.mark.parametrize(("rule", "says", "graph"), CASES, ids=[f"{rule}: {says}" for rule, says, _ in CASES])
def test_it_finds_one_resource_and_no_other(rule: str, says: str, graph: Callable[[], Graph]) -> None:
    assert len({violation.urn for violation in check(graph())}) == 1


def test_people_and_lasting_keys_are_refused() -> None:
    user = next(r for r in capture("users", lambda: aws.iam.User("someone")))
    graph = Graph("sound", (*sound(), replace(user, provider="urn::account")))
    assert [(violation.rule, violation.name) for violation in check(graph)] == [("iam-roles-only", "someone")]


def test_every_rule_is_broken_by_some_case() -> None:
    rules = {rule.name for room in (iam, data, exposure, ownership) for rule in room.RULES}
    assert rules - {rule for rule, _, _ in CASES} == {"iam-roles-only"}


def test_a_rule_can_be_left_out() -> None:
    graph = broken("Bucket data", {}, protect=False)
    assert check(graph, without=["protected"]) == []


def test_the_sound_graph_names_its_resources_once() -> None:
    assert len(list(names())) == len(set(names()))
