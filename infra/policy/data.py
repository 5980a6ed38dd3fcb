"""Rules over what holds data on AWS: encrypted, private, over TLS, and not lost."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.graph import Graph, Resource
from infra.policy.model import Found, Rule, each

BUCKET = "aws:s3/bucket:Bucket"
_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

Companion = Callable[[Resource, list[Resource]], str | None]
"""From a bucket and the resources of one type that configure it to what is wrong, if anything."""


def _buckets(companion: str, check: Companion) -> Callable[[Graph], Found]:
    def over(graph: Graph) -> Found:
        companions: dict[str, list[Resource]] = {}
        for resource in graph:
            if resource.type == companion:
                companions.setdefault(str(resource.inputs.get("bucket")), []).append(resource)
        for bucket in graph:
            if bucket.type == BUCKET:
                message = check(bucket, companions.get(str(bucket.outputs.get("id")), []))
                if message:
                    yield bucket, message

    return over


def _private(_: Resource, blocks: list[Resource]) -> str | None:
    if any(all(block.inputs.get(key) is True for key in _BLOCKS) for block in blocks):
        return None
    return f"has no BucketPublicAccessBlock with {', '.join(_BLOCKS)}"


def _owned(_: Resource, controls: list[Resource]) -> str | None:
    if any((control.inputs.get("rule") or {}).get("objectOwnership") == "BucketOwnerEnforced" for control in controls):
        return None
    return "has no BucketOwnershipControls with BucketOwnerEnforced: access lists would count"


def _versioned(_: Resource, versionings: list[Resource]) -> str | None:
    states = [(versioning.inputs.get("versioningConfiguration") or {}).get("status") for versioning in versionings]
    return None if "Enabled" in states else "has no BucketVersioning that is Enabled"


def _expiring(_: Resource, lifecycles: list[Resource]) -> str | None:
    rules = [rule for lifecycle in lifecycles for rule in lifecycle.inputs.get("rules") or ()]
    if not any(rule.get("abortIncompleteMultipartUpload") for rule in rules):
        return "has no lifecycle that aborts incomplete uploads: they cost for ever, unseen"
    return None


def _tls_only(_: Resource, policies: list[Resource]) -> str | None:
    statements = [
        statement
        for policy in policies
        for statement in json.loads(str(policy.inputs.get("policy", "{}"))).get("Statement", ())
    ]
    for statement in statements:
        insecure = (statement.get("Condition") or {}).get("Bool", {}).get("aws:SecureTransport")
        if statement.get("Effect") == "Deny" and insecure in ("false", ["false"]) and _of_anybody(statement):
            return None
    return "has no policy that denies requests without TLS"


def _of_anybody(statement: Mapping[str, Any]) -> bool:
    return statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})


def _encrypted_buckets(graph: Graph) -> Found:
    # S3's own log delivery can't write to a bucket that is encrypted with a key of the customer's (S3 user guide,
    # "Enabling Amazon S3 server access logging").
    log_targets = {
        str(resource.inputs.get("targetBucket"))
        for resource in graph
        if resource.type == "aws:s3/bucketLogging:BucketLogging"
    }

    def check(bucket: Resource, configurations: list[Resource]) -> str | None:
        defaults = [
            (rule.get("applyServerSideEncryptionByDefault") or {})
            for configuration in configurations
            for rule in configuration.inputs.get("rules") or ()
        ]
        if str(bucket.outputs.get("id")) in log_targets:
            return None if any(defaults) else "has no BucketServerSideEncryptionConfiguration"
        if any(default.get("sseAlgorithm") == "aws:kms" and default.get("kmsMasterKeyId") for default in defaults):
            return None
        return "has no BucketServerSideEncryptionConfiguration with a key of its own (aws:kms)"

    yield from _buckets(_ENCRYPTION, check)(graph)


def _database(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    if not (inputs.get("storageEncrypted") is True and inputs.get("kmsKeyId")):
        yield "storageEncrypted, kmsKeyId: must be encrypted with a key of its own"
    if inputs.get("publiclyAccessible") is not False:
        yield "publiclyAccessible: must be false"
    if inputs.get("password") is not None or inputs.get("manageMasterUserPassword") is not True:
        yield "manageMasterUserPassword: RDS must make and keep the password"
    if not inputs.get("backupRetentionPeriod"):
        yield "backupRetentionPeriod: must keep backups"
    if inputs.get("copyTagsToSnapshot") is not True:
        yield "copyTagsToSnapshot: snapshots must keep the tags that costs are told by"


def _database_tls(resource: Resource) -> Iterator[str]:
    family = str(resource.inputs.get("family", ""))
    forced = any(
        parameter.get("name") == "rds.force_ssl" and str(parameter.get("value")) == "1"
        for parameter in resource.inputs.get("parameters") or ()
    )
    if "postgres" in family and not forced:
        yield "parameters: rds.force_ssl must be 1"


def _key(resource: Resource) -> Iterator[str]:
    if resource.inputs.get("enableKeyRotation") is not True:
        yield "enableKeyRotation: must be true"
    if not resource.inputs.get("policy"):
        yield "policy: must be written out"
    if int(resource.inputs.get("deletionWindowInDays") or 30) < 30:
        yield "deletionWindowInDays: must be 30, the time in which a mistake can still be found"


def _repository(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    if inputs.get("imageTagMutability") not in ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"):
        yield "imageTagMutability: must be IMMUTABLE"
    if (inputs.get("imageScanningConfiguration") or {}).get("scanOnPush") is not True:
        yield "imageScanningConfiguration: must scan on push"
    if not any(
        c.get("encryptionType") == "KMS" and c.get("kmsKey") for c in inputs.get("encryptionConfigurations") or ()
    ):
        yield "encryptionConfigurations: must be KMS with a key of its own"


def _log_group(resource: Resource) -> Iterator[str]:
    if not resource.inputs.get("retentionInDays"):
        yield "retentionInDays: must end some day"
    if not resource.inputs.get("kmsKeyId"):
        yield "kmsKeyId: must be encrypted with a key of its own"


def _with_key(*properties: str) -> Callable[[Resource], Iterator[str]]:
    def check(resource: Resource) -> Iterator[str]:
        if not any(resource.inputs.get(key) for key in properties):
            yield f"{properties[0]}: must be encrypted with a key of its own"

    return check


def _encrypted(resource: Resource) -> Iterator[str]:
    if resource.inputs.get("encrypted") is not True:
        yield "encrypted: must be true"


def _trail(resource: Resource) -> Iterator[str]:
    for key in ("isMultiRegionTrail", "includeGlobalServiceEvents", "enableLogFileValidation"):
        if resource.inputs.get(key) is not True:
            yield f"{key}: must be true"
    if not resource.inputs.get("kmsKeyId"):
        yield "kmsKeyId: must be encrypted with a key of its own"


def _s3(name: str) -> str:
    return f"aws:s3/{name[0].lower()}{name[1:]}:{name}"


RULES: tuple[Rule, ...] = (
    Rule("s3-private", "Buckets block public access.", _buckets(_s3("BucketPublicAccessBlock"), _private)),
    Rule("s3-owned", "Buckets know no access lists.", _buckets(_s3("BucketOwnershipControls"), _owned)),
    Rule("s3-encrypted", "Buckets are encrypted with a key of the environment.", _encrypted_buckets),
    Rule("s3-versioned", "Buckets keep versions.", _buckets(_s3("BucketVersioning"), _versioned)),
    Rule("s3-tls", "Buckets take TLS alone.", _buckets(_s3("BucketPolicy"), _tls_only)),
    Rule("s3-lifecycle", "Buckets clear up.", _buckets(_s3("BucketLifecycleConfiguration"), _expiring)),
    each(
        "rds-instance",
        "Databases are encrypted, private, backed up; RDS holds the password.",
        _database,
        "aws:rds/instance:Instance",
    ),
    each("rds-tls", "Databases take TLS alone.", _database_tls, "aws:rds/parameterGroup:ParameterGroup"),
    each("kms-key", "Keys rotate, say who uses them, and take 30 days to go.", _key, "aws:kms/key:Key"),
    each(
        "ecr-repository",
        "Repositories keep tags as they are, scan and encrypt.",
        _repository,
        "aws:ecr/repository:Repository",
    ),
    each("log-group", "Log groups end some day and are encrypted.", _log_group, "aws:cloudwatch/logGroup:LogGroup"),
    each(
        "encrypted",
        "Queues, topics, secrets and vaults are encrypted with a key of the environment.",
        _with_key("kmsMasterKeyId", "kmsKeyId", "kmsKeyArn"),
        "aws:sns/topic:Topic",
        "aws:sqs/queue:Queue",
        "aws:secretsmanager/secret:Secret",
        "aws:backup/vault:Vault",
    ),
    each(
        "volumes",
        "Disks and file systems are encrypted.",
        _encrypted,
        "aws:ebs/volume:Volume",
        "aws:efs/fileSystem:FileSystem",
    ),
    each("trail", "Trails cover all regions and can be proven.", _trail, "aws:cloudtrail/trail:Trail"),
)
