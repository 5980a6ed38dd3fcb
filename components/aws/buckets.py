"""A bucket as every bucket of the platform is: private, versioned, encrypted, over TLS alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.policies import Statement, policy_document

_INCOMPLETE_DAYS = 7
"""Days until the parts of an upload that never ended are deleted. No upload takes that long."""


@dataclass(frozen=True, kw_only=True)
class LifecycleArgs:
    """What becomes of objects over the days. None means never."""

    move_after: int | None = None
    move_to: str = "INTELLIGENT_TIERING"
    """Storage class as S3's API names it."""
    expire_after: int | None = None
    keep_versions: int
    """Days for which what was overwritten or deleted can be brought back."""


@dataclass(frozen=True, kw_only=True)
class LockArgs:
    """No version of an object can be deleted or overwritten before its days are over."""

    mode: str
    """`GOVERNANCE`: but by who may bypass it. `COMPLIANCE`: by nobody at all."""
    days: int


@dataclass(frozen=True, kw_only=True)
class PrivateBucketArgs:
    """One bucket of the account."""

    bucket: str
    """Its name, unique in the whole of AWS."""
    key: pulumi.Input[str] | None
    """ARN of the KMS key that encrypts it; none: S3's own keys, for what AWS's log delivery writes."""
    lifecycle: LifecycleArgs
    lock: LockArgs | None = None
    statements: Sequence[Statement] = ()
    """What its policy says besides that TLS is needed."""
    access_logs: pulumi.Input[str] | None = None
    """Bucket that is told of every request, by objects whose keys begin with this bucket's name."""
    partition: str = "aws"
    protect: bool = True
    """Whether it is protected, retained, and not deleted while it holds objects."""


class PrivateBucket(pulumi.ComponentResource):
    """A bucket with all that guards it. What guards it stays as long as it does."""

    name: pulumi.Output[str]
    """Known once its policy is there."""
    arn: pulumi.Output[str]
    versioned: pulumi.Output[str]
    """The name, once it keeps versions: replication needs them on both sides."""

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:PrivateBucket", name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect)
        self._bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            object_lock_enabled=args.lock is not None,
            force_destroy=not args.protect,
            opts=self._child,
        )
        self.name = self._access()
        self._encryption()
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=self._bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._child,
        )
        self.arn = self._bucket.arn
        self.versioned = versioning.bucket
        self._lifecycle()
        self._lock()
        self._logging()
        self.register_outputs({"name": self.name, "arn": self.arn})

    def _access(self) -> pulumi.Output[str]:
        aws.s3.BucketOwnershipControls(
            self._name,
            bucket=self._bucket.id,
            # No ACLs: policies alone say who may do what.
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._child,
        )
        block = aws.s3.BucketPublicAccessBlock(
            self._name,
            bucket=self._bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        policy = aws.s3.BucketPolicy(
            self._name,
            bucket=self._bucket.id,
            policy=policy_document(*self._args.statements, *self._tls()),
            # S3 refuses two changes to who has access at the same time.
            opts=pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=[block])),
        )
        return policy.bucket

    def _tls(self) -> list[Statement]:
        arn = self._bucket.arn
        conditions = {
            "TlsOnly": {"Bool": {"aws:SecureTransport": "false"}},
            "RecentTlsOnly": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        }
        return [
            Statement(
                sid=sid,
                effect="Deny",
                actions=["s3:*"],
                resources=[arn, pulumi.Output.concat(arn, "/*")],
                principals={"*": "*"},
                conditions=condition,
            )
            for sid, condition in conditions.items()
        ]

    def _encryption(self) -> None:
        key = self._args.key
        default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms" if key is not None else "AES256", kms_master_key_id=key
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=self._bucket.id,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=default,
                    bucket_key_enabled=key is not None,
                    # With a key of their own, a thief of credentials could lock the owner out of the objects.
                    blocked_encryption_types=["SSE-C"],
                )
            ],
            opts=self._child,
        )

    def _lifecycle(self) -> None:
        aws.s3.BucketLifecycleConfiguration(
            self._name,
            bucket=self.versioned,
            rules=[_rule(self._args.lifecycle)],
            opts=self._child,
        )

    def _lock(self) -> None:
        lock = self._args.lock
        if lock is None:
            return
        retention = aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(mode=lock.mode, days=lock.days)
        aws.s3.BucketObjectLockConfiguration(
            self._name,
            bucket=self.versioned,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(default_retention=retention),
            opts=self._child,
        )

    def _logging(self) -> None:
        target = self._args.access_logs
        if target is None:
            return
        aws.s3.BucketLogging(
            self._name,
            bucket=self._bucket.id,
            target_bucket=target,
            target_prefix=f"{self._args.bucket}/",
            opts=self._child,
        )


def _rule(lifecycle: LifecycleArgs) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    moves = [
        aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
            days=lifecycle.move_after, storage_class=lifecycle.move_to
        )
    ]
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="lifecycle",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=_INCOMPLETE_DAYS
        ),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=lifecycle.keep_versions
        ),
        # Marks of deletions that hide nothing any more go too: with a number of days S3 does that by itself.
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=lifecycle.expire_after)
        if lifecycle.expire_after is not None
        else aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
        transitions=moves if lifecycle.move_after is not None else None,
    )
