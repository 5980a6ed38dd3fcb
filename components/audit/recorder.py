"""AWS Config: what every resource of a region looks like over time, and whether it keeps some rules."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import (
    LifecycleArgs,
    PrivateBucket,
    PrivateBucketArgs,
    Statement,
    policy_document,
    trust_document,
)

# AWS Config developer guide, "List of AWS Config Managed Rules".
_RULES = {
    "buckets-private": "S3_BUCKET_PUBLIC_READ_PROHIBITED",
    "buckets-tls": "S3_BUCKET_SSL_REQUESTS_ONLY",
    "cluster-private": "EKS_ENDPOINT_NO_PUBLIC_ACCESS",
    "cluster-secrets-encrypted": "EKS_SECRETS_ENCRYPTED",
    "databases-encrypted": "RDS_STORAGE_ENCRYPTED",
    "databases-private": "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
    "default-group-closed": "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
    "disks-encrypted": "ENCRYPTED_VOLUMES",
    "flow-logs": "VPC_FLOW_LOGS_ENABLED",
    "keys-rotate": "CMK_BACKING_KEY_ROTATION_ENABLED",
    "metadata-v2": "EC2_IMDSV2_CHECK",
    "root-has-no-key": "IAM_ROOT_ACCESS_KEY_CHECK",
    "root-has-mfa": "ROOT_ACCOUNT_MFA_ENABLED",
    "trail-provable": "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
}


@dataclass(frozen=True, kw_only=True)
class ConfigRecorderArgs:
    """The one recorder of a region."""

    name: str
    account: str
    partition: str = "aws"
    bucket: str
    """Name of its bucket. AWS Config delivers to no locked one (developer guide, "Managing the Delivery Channel")."""
    key: pulumi.Input[str]
    """ARN of the KMS key that encrypts what it delivers."""
    expire_after: int
    permission_boundary: str | None = None
    protect: bool = True


class ConfigRecorder(pulumi.ComponentResource):
    """Records every kind of resource, and holds them against managed rules."""

    def __init__(self, name: str, args: ConfigRecorderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:ConfigRecorder", name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        bucket = PrivateBucket(
            f"{name}-config",
            PrivateBucketArgs(
                bucket=args.bucket,
                key=args.key,
                lifecycle=LifecycleArgs(expire_after=args.expire_after, keep_versions=30),
                protect=args.protect,
            ),
            self._child,
        )
        recorder = aws.cfg.Recorder(
            name,
            name=args.name,
            role_arn=self._role(bucket),
            recording_group=aws.cfg.RecorderRecordingGroupArgs(all_supported=True, include_global_resource_types=True),
            opts=self._child,
        )
        channel = aws.cfg.DeliveryChannel(
            name,
            name=args.name,
            s3_bucket_name=bucket.name,
            s3_kms_key_arn=args.key,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        aws.cfg.RecorderStatus(
            name,
            name=recorder.name,
            is_enabled=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[channel]),
        )
        for key, identifier in _RULES.items():
            aws.cfg.Rule(
                key,
                name=f"{args.name}-{key}",
                source=aws.cfg.RuleSourceArgs(owner="AWS", source_identifier=identifier),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
            )
        self.register_outputs({})

    def _role(self, bucket: PrivateBucket) -> pulumi.Output[str]:
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-config",
            description="AWS Config reads the account's resources and delivers what it saw",
            assume_role_policy=trust_document("config.amazonaws.com", source_account=args.account),
            permissions_boundary=args.permission_boundary,
            opts=self._child,
        )
        reads = aws.iam.RolePolicyAttachment(
            f"{self._name}-config",
            role=role.name,
            policy_arn=f"arn:{args.partition}:iam::aws:policy/service-role/AWS_ConfigRole",
            opts=self._child,
        )
        delivers = aws.iam.RolePolicy(
            f"{self._name}-config",
            role=role.name,
            policy=policy_document(
                Statement(sid="Check", actions=["s3:GetBucketAcl", "s3:ListBucket"], resources=[bucket.arn]),
                Statement(
                    sid="Deliver",
                    actions=["s3:PutObject"],
                    resources=[pulumi.Output.concat(bucket.arn, "/AWSLogs/", args.account, "/Config/*")],
                    reason="AWS Config names what it delivers itself, by region and time",
                ),
                Statement(sid="Encrypt", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[args.key]),
            ),
            opts=self._child,
        )
        # AWS Config tries the role when it is given.
        return pulumi.Output.all(role.arn, reads.id, delivers.id).apply(lambda values: str(values[0]))
