"""Copies of buckets in another region: the buckets there, and the rules that fill them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import (
    EncryptionKey,
    EncryptionKeyArgs,
    LifecycleArgs,
    PrivateBucket,
    PrivateBucketArgs,
    Statement,
    policy_document,
    trust_document,
)


@dataclass(frozen=True, kw_only=True)
class ReplicaArgs:
    """A bucket elsewhere that takes the copies, and the key there that encrypts them."""

    arn: pulumi.Input[str]
    key: pulumi.Input[str]
    host: str
    """Of the S3 API of its region."""


@dataclass(frozen=True, kw_only=True)
class S3ReplicasArgs:
    """The replicas' side. The provider given with the component says in which region."""

    name: str
    """What the key's alias begins with."""
    account: str
    partition: str = "aws"
    host: str
    """Of the S3 API of their region."""
    buckets: Mapping[str, tuple[str, LifecycleArgs]]
    """Name and lifecycle, by consumer."""
    protect: bool = True


class S3Replicas(pulumi.ComponentResource):
    """Private buckets of another region, under a key of their own there."""

    replicas: Mapping[str, ReplicaArgs]
    """By consumer."""

    def __init__(self, name: str, args: S3ReplicasArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:S3Replicas", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias=f"{args.name}-object-storage-replicas",
                description=f"Replicas of the objects of {args.name}",
                account=args.account,
                partition=args.partition,
                protect=args.protect,
            ),
            child,
        )
        self.replicas = {
            consumer: ReplicaArgs(
                arn=_once_versioned(
                    PrivateBucket(
                        f"{consumer}-replica",
                        PrivateBucketArgs(
                            bucket=bucket,
                            key=key.arn,
                            lifecycle=lifecycle,
                            partition=args.partition,
                            protect=args.protect,
                        ),
                        child,
                    )
                ),
                key=key.arn,
                host=args.host,
            )
            for consumer, (bucket, lifecycle) in args.buckets.items()
        }
        self.register_outputs({})


def _once_versioned(bucket: PrivateBucket) -> pulumi.Output[str]:
    return pulumi.Output.all(bucket.arn, bucket.versioned).apply(lambda values: str(values[0]))


@dataclass(frozen=True, kw_only=True)
class ReplicatedArgs:
    """A bucket, and where its objects are copied to."""

    source: pulumi.Input[str]
    """Its name, once it keeps versions."""
    arn: pulumi.Input[str]
    replica: ReplicaArgs


@dataclass(frozen=True, kw_only=True)
class ReplicationArgs:
    """The sources' side."""

    account: str
    host: str
    """Of the S3 API of the sources' region."""
    key: pulumi.Input[str]
    """ARN of the key under which the sources are."""
    buckets: Mapping[str, ReplicatedArgs]
    """By consumer."""
    permission_boundary: str | None = None


class Replication(pulumi.ComponentResource):
    """Every new object of the buckets is copied, encrypted anew. Deletions of versions are not."""

    def __init__(self, name: str, args: ReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:Replication", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        for consumer, bucket in args.buckets.items():
            role = aws.iam.Role(
                f"{name}-{consumer}",
                description=f"S3 copies the objects of {consumer} to their replica",
                assume_role_policy=trust_document("s3.amazonaws.com", source_account=args.account),
                permissions_boundary=args.permission_boundary,
                opts=child,
            )
            policy = aws.iam.RolePolicy(
                f"{name}-{consumer}", role=role.name, policy=policy_document(*_statements(args, bucket)), opts=child
            )
            aws.s3.BucketReplicationConfig(
                consumer,
                bucket=bucket.source,
                role=role.arn,
                rules=[_rule(bucket.replica)],
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
        self.register_outputs({})


def _rule(replica: ReplicaArgs) -> aws.s3.BucketReplicationConfigRuleArgs:
    return aws.s3.BucketReplicationConfigRuleArgs(
        id="all",
        status="Enabled",
        priority=0,
        filter=aws.s3.BucketReplicationConfigRuleFilterArgs(),
        delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(status="Enabled"),
        # What is encrypted by KMS is only copied where a rule says so.
        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                status="Enabled"
            )
        ),
        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=replica.arn,
            encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=replica.key
            ),
        ),
    )


def _statements(args: ReplicationArgs, bucket: ReplicatedArgs) -> list[Statement]:
    """S3 user guide, "Setting up permissions for live replication" and "Replicating encrypted objects"."""
    replica = bucket.replica
    return [
        Statement(sid="Rules", actions=["s3:GetReplicationConfiguration", "s3:ListBucket"], resources=[bucket.arn]),
        Statement(
            sid="Source",
            actions=["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
            resources=[pulumi.Output.concat(bucket.arn, "/*")],
            reason="every object of the one bucket is copied",
        ),
        Statement(
            sid="Replica",
            actions=["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
            resources=[pulumi.Output.concat(replica.arn, "/*")],
            reason="every object of the one bucket is copied",
        ),
        _key("SourceKey", ["kms:Decrypt"], args.key, args.host, bucket.arn),
        # A bucket key is generated, where without one each object would be encrypted by KMS.
        _key("ReplicaKey", ["kms:Encrypt", "kms:GenerateDataKey"], replica.key, replica.host, replica.arn),
    ]


def _key(sid: str, actions: Sequence[str], key: pulumi.Input[str], host: str, bucket: pulumi.Input[str]) -> Statement:
    return Statement(
        sid=sid,
        actions=actions,
        resources=[key],
        # With bucket keys the context is the bucket.
        conditions={"StringEquals": {"kms:ViaService": host, "kms:EncryptionContext:aws:s3:arn": bucket}},
    )
