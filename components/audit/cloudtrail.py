"""A trail over all regions, into a locked bucket."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.audit.recorder import ConfigRecorder, ConfigRecorderArgs
from components.aws import (
    EncryptionKey,
    EncryptionKeyArgs,
    KeyUser,
    LifecycleArgs,
    LockArgs,
    PrivateBucket,
    PrivateBucketArgs,
    Statement,
    policy_document,
    trust_document,
)

_SERVICE = "cloudtrail.amazonaws.com"
_KEEP_VERSIONS = 30


@dataclass(frozen=True, kw_only=True)
class CloudtrailAuditArgs:
    """A trail, and what it delivers to."""

    name: str
    """Of the trail; the names of all else begin with it."""
    account: str
    region: str
    partition: str = "aws"
    bucket: str
    """Name of the bucket, unique in the whole of AWS."""
    lock: LockArgs
    expire_after: int
    """Days after which logs are deleted."""
    watched: Sequence[pulumi.Input[str]] = ()
    """ARNs of buckets of which each read and write of an object is recorded."""
    log_days: int | None = None
    """Days that a CloudWatch log group keeps; none: there is no such group."""
    config_bucket: str | None = None
    """Name of the bucket for AWS Config; none: no recorder."""
    permission_boundary: str | None = None
    protect: bool = True


class CloudtrailAudit(pulumi.ComponentResource):
    """Every call to AWS, encrypted, provable, and locked for a while."""

    trail_arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: CloudtrailAuditArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:CloudtrailAudit", name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._place = f"{args.region}:{args.account}"
        # The key's and the bucket's policies name the trail before it exists.
        self._arn = f"arn:{args.partition}:cloudtrail:{self._place}:trail/{args.name}"
        self._key = self._encryption()
        bucket = self._bucket()
        group, role = self._cloudwatch(args.log_days) if args.log_days else (None, None)
        trail = aws.cloudtrail.Trail(
            name,
            name=args.name,
            s3_bucket_name=bucket.name,
            kms_key_id=self._key.arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            cloud_watch_logs_group_arn=group,
            cloud_watch_logs_role_arn=role,
            advanced_event_selectors=_selectors(args.watched) if args.watched else None,
            opts=self._child,
        )
        if args.config_bucket:
            ConfigRecorder(
                name,
                ConfigRecorderArgs(
                    name=args.name,
                    account=args.account,
                    partition=args.partition,
                    bucket=args.config_bucket,
                    key=self._key.arn,
                    expire_after=args.expire_after,
                    permission_boundary=args.permission_boundary,
                    protect=args.protect,
                ),
                self._child,
            )
        self.trail_arn = trail.arn
        self.bucket_name = bucket.name
        self.register_outputs({"trail_arn": self.trail_arn, "bucket_name": self.bucket_name})

    @property
    def _group(self) -> str:
        return f"/groundwork/{self._args.name}/audit"

    def _encryption(self) -> EncryptionKey:
        args = self._args
        users = [KeyUser(service=_SERVICE, conditions={"StringEquals": {"aws:SourceArn": self._arn}})]
        if args.log_days:
            group = f"arn:{args.partition}:logs:{self._place}:log-group:{self._group}"
            users.append(
                KeyUser(
                    service=f"logs.{args.region}.amazonaws.com",
                    conditions={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
                )
            )
        return EncryptionKey(
            self._name,
            EncryptionKeyArgs(
                alias=f"{args.name}-audit",
                description=f"Audit logs of {args.name}",
                account=args.account,
                partition=args.partition,
                users=users,
                protect=args.protect,
            ),
            self._child,
        )

    def _bucket(self) -> PrivateBucket:
        args = self._args
        arn = f"arn:{args.partition}:s3:::{args.bucket}"
        trail = {"aws:SourceArn": self._arn}
        return PrivateBucket(
            self._name,
            PrivateBucketArgs(
                bucket=args.bucket,
                key=self._key.arn,
                lifecycle=LifecycleArgs(expire_after=args.expire_after, keep_versions=_KEEP_VERSIONS),
                lock=args.lock,
                statements=[
                    Statement(
                        sid="TrailChecks",
                        actions=["s3:GetBucketAcl"],
                        resources=[arn],
                        principals={"Service": _SERVICE},
                        conditions={"StringEquals": trail},
                    ),
                    Statement(
                        sid="TrailWrites",
                        actions=["s3:PutObject"],
                        resources=[f"{arn}/AWSLogs/{args.account}/*"],
                        principals={"Service": _SERVICE},
                        conditions={"StringEquals": {**trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
                        reason="CloudTrail names the logs itself, by region and time",
                    ),
                ],
                protect=args.protect,
            ),
            self._child,
        )

    def _cloudwatch(self, days: int) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """The ARNs of a log group, as CloudTrail wants it, and of the role by which it is written."""
        args = self._args
        group = aws.cloudwatch.LogGroup(
            self._name,
            name=self._group,
            retention_in_days=days,
            kms_key_id=self._key.arn,
            opts=self._child,
        )
        role = aws.iam.Role(
            self._name,
            description="CloudTrail writes to its log group",
            assume_role_policy=trust_document(_SERVICE, source_account=args.account),
            permissions_boundary=args.permission_boundary,
            opts=self._child,
        )
        stream = f"{args.account}_CloudTrail_{args.region}"
        policy = aws.iam.RolePolicy(
            self._name,
            role=role.name,
            policy=policy_document(
                Statement(
                    sid="Write",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[pulumi.Output.concat(group.arn, ":log-stream:", stream, "*")],
                    reason="CloudTrail numbers its streams",
                )
            ),
            opts=self._child,
        )
        # CloudTrail tries the role when it is given: it must be able to write by then.
        ready = pulumi.Output.all(role.arn, policy.id).apply(lambda values: str(values[0]))
        return pulumi.Output.concat(group.arn, ":*"), ready


def _selectors(watched: Sequence[pulumi.Input[str]]) -> list[aws.cloudtrail.TrailAdvancedEventSelectorArgs]:
    field = aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs
    objects = [pulumi.Output.concat(arn, "/") for arn in watched]
    return [
        aws.cloudtrail.TrailAdvancedEventSelectorArgs(
            name="Management", field_selectors=[field(field="eventCategory", equals=["Management"])]
        ),
        aws.cloudtrail.TrailAdvancedEventSelectorArgs(
            name="Objects",
            field_selectors=[
                field(field="eventCategory", equals=["Data"]),
                field(field="resources.type", equals=["AWS::S3::Object"]),
                field(field="resources.ARN", starts_withs=objects),
            ],
        ),
    ]
