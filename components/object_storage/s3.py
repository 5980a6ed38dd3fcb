"""S3: a bucket for each consumer, which its pods reach by a role of their own and no key at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.access import BucketAccess
from components.aws import (
    POD_IDENTITY_AGENT,
    EncryptionKey,
    EncryptionKeyArgs,
    LifecycleArgs,
    PodRole,
    PodRoleArgs,
    PrivateBucket,
    PrivateBucketArgs,
    Statement,
)
from components.network import Peer
from components.object_storage.replication import ReplicaArgs, ReplicatedArgs, Replication, ReplicationArgs

_WRITE = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_ALL_OBJECTS = "every object of the buckets that are this client's to use"
_TO_S3 = Peer(cidr="0.0.0.0/0", ports=(443,))
"""Everywhere on 443: S3 answers from public addresses that change, by way of the VPC's endpoint too."""


@dataclass(frozen=True, kw_only=True)
class S3ClientArgs:
    """The pods of one service account, and the consumers whose buckets they use."""

    namespace: pulumi.Input[str]
    service_account: str
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    """They also read. What they delete stays as a version."""
    sends_acl: bool = False
    """Whether its uploads name an ACL. That takes a right of its own, though the buckets know no ACLs."""


@dataclass(frozen=True, kw_only=True)
class S3BucketArgs:
    """A bucket for one consumer."""

    name: str
    lifecycle: LifecycleArgs
    replica: ReplicaArgs | None = None


@dataclass(frozen=True, kw_only=True)
class S3ObjectStorageArgs:
    """Buckets of one environment."""

    name: str
    """What the key's alias begins with."""
    account: str
    region: str
    host: str
    """Of the region's S3 API."""
    partition: str = "aws"
    cluster: pulumi.Input[str]
    """Name of the EKS cluster whose pods are the clients."""
    buckets: Mapping[str, S3BucketArgs]
    """By consumer."""
    clients: Mapping[str, S3ClientArgs]
    """By the name of their role."""
    logs: S3BucketArgs
    """Where S3 writes who asked for what."""
    permission_boundary: str | None = None
    protect: bool = True


class S3ObjectStorage(pulumi.ComponentResource):
    """Private buckets under one key."""

    endpoint: pulumi.Output[str]
    buckets: Mapping[str, BucketAccess]

    def __init__(self, name: str, args: S3ObjectStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:S3ObjectStorage", name, {}, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias=f"{args.name}-object-storage",
                description=f"Objects of {args.name}",
                account=args.account,
                partition=args.partition,
                protect=args.protect,
            ),
            self._child,
        )
        logs = self._logs()
        self._buckets = {
            consumer: self._bucket(consumer, bucket, logs.name) for consumer, bucket in args.buckets.items()
        }
        self._replicate()
        self._roles = {key: self._role(key, client) for key, client in args.clients.items()}
        self.endpoint = pulumi.Output.from_input(f"https://{args.host}")
        self.buckets = {consumer: self._access(consumer) for consumer in args.buckets}
        self.register_outputs({"endpoint": self.endpoint})

    def _bucket(self, consumer: str, bucket: S3BucketArgs, logs: pulumi.Input[str]) -> PrivateBucket:
        return PrivateBucket(
            consumer,
            PrivateBucketArgs(
                bucket=bucket.name,
                key=self._key.arn,
                lifecycle=bucket.lifecycle,
                access_logs=logs,
                protect=self._args.protect,
            ),
            self._child,
        )

    def _logs(self) -> PrivateBucket:
        args = self._args
        arn = f"arn:{args.partition}:s3:::"
        return PrivateBucket(
            "logs",
            PrivateBucketArgs(
                bucket=args.logs.name,
                # S3 delivers access logs to no bucket whose default is a key of KMS (S3 user guide, "Enabling Amazon
                # S3 server access logging").
                key=None,
                lifecycle=args.logs.lifecycle,
                statements=[
                    Statement(
                        sid="AccessLogs",
                        actions=["s3:PutObject"],
                        resources=[f"{arn}{args.logs.name}/*"],
                        principals={"Service": "logging.s3.amazonaws.com"},
                        conditions={
                            "ArnEquals": {"aws:SourceArn": [f"{arn}{bucket.name}" for bucket in args.buckets.values()]},
                            "StringEquals": {"aws:SourceAccount": args.account},
                        },
                        reason="S3 names the objects itself, by bucket and time",
                    )
                ],
                protect=args.protect,
            ),
            self._child,
        )

    def _replicate(self) -> None:
        args = self._args
        pairs = {
            consumer: ReplicatedArgs(
                source=self._buckets[consumer].versioned, arn=self._buckets[consumer].arn, replica=bucket.replica
            )
            for consumer, bucket in args.buckets.items()
            if bucket.replica
        }
        if pairs:
            Replication(
                "replication",
                ReplicationArgs(
                    account=args.account,
                    host=args.host,
                    key=self._key.arn,
                    buckets=pairs,
                    permission_boundary=args.permission_boundary,
                ),
                self._child,
            )

    def _access(self, consumer: str) -> BucketAccess:
        waits = [
            self._roles[key].ready
            for key, client in self._args.clients.items()
            if consumer in (*client.reads, *client.writes)
        ]
        # Pods that start before their role is theirs get no credentials.
        name = pulumi.Output.all(self._buckets[consumer].name, *waits).apply(lambda values: str(values[0]))
        return BucketAccess(
            endpoint=self.endpoint, region=self._args.region, bucket=name, peers=[_TO_S3, POD_IDENTITY_AGENT]
        )

    def _role(self, key: str, client: S3ClientArgs) -> PodRole:
        return PodRole(
            f"storage-{key}",
            PodRoleArgs(
                cluster=self._args.cluster,
                namespace=client.namespace,
                service_account=client.service_account,
                statements=[*self._reading([*client.reads, *client.writes]), *self._writing(client)],
                permission_boundary=self._args.permission_boundary,
            ),
            self._child,
        )

    def _reading(self, consumers: Sequence[str]) -> list[Statement]:
        arns = [self._buckets[consumer].arn for consumer in consumers]
        return [
            Statement(sid="List", actions=["s3:ListBucket", "s3:GetBucketLocation"], resources=arns),
            Statement(
                sid="Read",
                actions=["s3:GetObject"],
                resources=[pulumi.Output.concat(arn, "/*") for arn in arns],
                reason=_ALL_OBJECTS,
            ),
            self._key_for("ReadKey", "kms:Decrypt", arns),
        ]

    def _writing(self, client: S3ClientArgs) -> list[Statement]:
        arns = [self._buckets[consumer].arn for consumer in client.writes]
        if not arns:
            return []
        return [
            Statement(sid="ListUploads", actions=["s3:ListBucketMultipartUploads"], resources=arns),
            Statement(
                sid="Write",
                actions=[*_WRITE, *(["s3:PutObjectAcl"] if client.sends_acl else [])],
                resources=[pulumi.Output.concat(arn, "/*") for arn in arns],
                reason=_ALL_OBJECTS,
            ),
            self._key_for("WriteKey", "kms:GenerateDataKey", arns),
        ]

    def _key_for(self, sid: str, action: str, arns: Sequence[pulumi.Input[str]]) -> Statement:
        """With a bucket key the context is the bucket: to this role the key opens no other."""
        return Statement(
            sid=sid,
            actions=[action],
            resources=[self._key.arn],
            conditions={
                "StringEquals": {"kms:ViaService": self._args.host, "kms:EncryptionContext:aws:s3:arn": list(arns)}
            },
        )
