"""Which IAM actions there are.

An action is an operation of a service's API, as botocore's service models name them, but for the exceptions written
down here. The exceptions are from the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/).
"""

import re
from collections.abc import Iterator
from functools import cache

# IAM's prefix of a service → the botocore models that hold its operations, where they aren't named alike.
_MODELS: dict[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "aps": ("amp",),
    "cognito-idp": ("cognito-idp",),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elb", "elbv2"),
    "servicequotas": ("service-quotas",),
    "states": ("stepfunctions",),
    "tag": ("resourcegroupstaggingapi",),
}

# Actions that are no API operation.
_NO_OPERATION: dict[str, frozenset[str]] = {
    "backup": frozenset({"CopyFromBackupVault", "CopyIntoBackupVault"}),
    "backup-storage": frozenset({"MountCapsule"}),
    "budgets": frozenset({"ListTagsForResource", "ModifyBudget", "TagResource", "UntagResource", "ViewBudget"}),
    "ecr": frozenset({"BatchImportUpstreamImage", "ReplicateImage"}),
    "eks": frozenset({"AccessKubernetesApi", "MutateViaKubernetesApi"}),
    "iam": frozenset({"PassRole"}),
    "kms": frozenset({"ReEncryptFrom", "ReEncryptTo", "SynchronizeMultiRegionKey"}),
    "logs": frozenset(
        {"CreateLogDelivery", "DeleteLogDelivery", "GetLogDelivery", "ListLogDeliveries", "UpdateLogDelivery"}
    ),
    "rds-db": frozenset({"connect"}),
    "ssmmessages": frozenset({"CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"}),
    "sts": frozenset({"SetSourceIdentity", "TagSession"}),
    # S3's actions are named otherwise than its operations: these are the ones that a platform has a use for.
    "s3": frozenset(
        f"{verb}{noun}"
        for verbs, nouns in (
            ("Get Put", "AccelerateConfiguration AnalyticsConfiguration BucketAcl BucketCORS BucketLogging"),
            ("Get Put", "BucketNotification BucketObjectLockConfiguration BucketOwnershipControls BucketPolicy"),
            ("Get Put", "BucketPublicAccessBlock BucketRequestPayment BucketTagging BucketVersioning BucketWebsite"),
            ("Get Put", "EncryptionConfiguration IntelligentTieringConfiguration InventoryConfiguration"),
            ("Get Put", "LifecycleConfiguration MetricsConfiguration ReplicationConfiguration"),
            ("Get Put", "ObjectAcl ObjectLegalHold ObjectRetention ObjectVersionAcl"),
            ("Get Put Delete", "Object ObjectTagging ObjectVersionTagging"),
            ("Get Delete", "ObjectVersion"),
            ("Get", "AccountPublicAccessBlock BucketLocation BucketPolicyStatus ObjectAttributes"),
            ("Get", "ObjectVersionAttributes ObjectVersionForReplication"),
            ("Create Delete", "Bucket"),
            ("Delete", "BucketPolicy BucketWebsite"),
            ("List", "AllMyBuckets Bucket BucketMultipartUploads BucketVersions MultipartUploadParts TagsForResource"),
            ("Replicate", "Delete Object Tags"),
            ("Abort", "MultipartUpload"),
            ("Bypass", "GovernanceRetention"),
            ("ObjectOwnerOverride", "ToBucketOwner"),
            ("Restore", "Object"),
            ("Tag Untag", "Resource"),
        )
        for verb in verbs.split()
        for noun in nouns.split()
    ),
}

# Operations that are allowed by another action, so that their own names allow nothing.
_NO_ACTION: dict[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {"BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction", "TransactGetItems", "TransactWriteItems"}
    ),
    "kms": frozenset({"ReEncrypt"}),
    "lambda": frozenset({"Invoke", "InvokeWithResponseStream"}),
    "sns": frozenset({"PublishBatch"}),
    "sqs": frozenset({"ChangeMessageVisibilityBatch", "DeleteMessageBatch", "SendMessageBatch"}),
}
# None of the operations of these is an action of the same name, or too few: what is written above is all.
_WRITTEN_OUT = frozenset({"backup-storage", "budgets", "rds-db", "s3", "ssmmessages"})


@cache
def of_service(prefix: str) -> frozenset[str] | None:
    """The actions of one service by its IAM prefix (`ecr`); none if there is no such service."""
    written = _NO_OPERATION.get(prefix, frozenset())
    if prefix in _WRITTEN_OUT:
        return written
    operations = _operations(prefix)
    return (operations - _NO_ACTION.get(prefix, frozenset())) | written if operations else None


def _operations(prefix: str) -> frozenset[str]:
    """From the models that boto3 brings; each is read in milliseconds."""
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    loader = Loader()
    operations: set[str] = set()
    for model in _MODELS.get(prefix, (prefix,)):
        try:
            operations |= loader.load_service_model(model, "service-2")["operations"].keys()
        except UnknownServiceError:
            return frozenset()
    return frozenset(operations)


def matching(action: str) -> frozenset[str]:
    """The known actions that this one means, wildcards resolved (`kms:ReEncrypt*`): none if it doesn't exist."""
    prefix, _, pattern = action.partition(":")
    expression = re.compile("".join(_expressions(pattern)), re.IGNORECASE)
    known = of_service(prefix.lower()) or ()
    return frozenset(f"{prefix}:{name}" for name in known if expression.fullmatch(name))


def _expressions(pattern: str) -> Iterator[str]:
    yield from ({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)


# Actions that IAM can't narrow to a resource: their statements say `*`, or nothing is allowed.
UNSCOPED: tuple[str, ...] = (
    "acm:ListCertificates",
    "acm:RequestCertificate",
    "backup-storage:MountCapsule",
    "backup:DescribeRegionSettings",
    "ce:ListCostAllocationTags",
    "ce:UpdateCostAllocationTagsStatus",
    "cloudtrail:DescribeTrails",
    "config:DeleteDeliveryChannel",
    "config:DescribeConfigRules",
    "config:DescribeDeliveryChannels",
    "config:PutDeliveryChannel",
    "ec2:Describe*",
    "ec2:GetEbsDefaultKmsKeyId",
    "ec2:GetEbsEncryptionByDefault",
    "ecr:CreatePullThroughCacheRule",
    "ecr:CreateRepositoryCreationTemplate",
    "ecr:DeletePullThroughCacheRule",
    "ecr:DeleteRegistryPolicy",
    "ecr:DeleteRepositoryCreationTemplate",
    "ecr:DescribePullThroughCacheRules",
    "ecr:DescribeRepositoryCreationTemplates",
    "ecr:GetAuthorizationToken",
    "ecr:GetRegistryPolicy",
    "ecr:GetRegistryScanningConfiguration",
    "ecr:PutRegistryPolicy",
    "ecr:PutRegistryScanningConfiguration",
    "ecr:UpdatePullThroughCacheRule",
    "ecr:UpdateRepositoryCreationTemplate",
    "eks:CreateCluster",
    "eks:DescribeAddonConfiguration",
    "eks:DescribeAddonVersions",
    "eks:DescribeClusterVersions",
    "eks:ListClusters",
    "elasticloadbalancing:Describe*",
    "kms:CreateKey",
    "kms:ListAliases",
    "kms:ListKeys",
    "logs:DeleteResourcePolicy",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
    "rds:DescribeDBEngineVersions",
    "rds:DescribeOrderableDBInstanceOptions",
    "route53:CreateHostedZone",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
    "s3:ListAllMyBuckets",
    "servicequotas:GetAWSDefaultServiceQuota",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "sts:GetCallerIdentity",
    "tag:GetResources",
)


@cache
def is_unscoped(action: str) -> bool:
    """Whether every action that this one means can be allowed for all resources only."""
    meant = matching(action)
    return bool(meant) and meant <= _unscoped()


@cache
def _unscoped() -> frozenset[str]:
    return frozenset(action for pattern in UNSCOPED for action in matching(pattern))
