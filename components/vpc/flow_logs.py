"""Who talked to whom: flow logs of a network."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import EncryptionKey, EncryptionKeyArgs, KeyUser, Statement, policy_document, trust_document


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Which network, and for how long its log is kept."""

    label: str
    """Begins the names of log group and key."""
    vpc_id: pulumi.Input[str]
    account: str
    region: str
    retention: int
    """Days, as CloudWatch Logs takes them."""
    partition: str = "aws"
    permission_boundary: str | None = None
    protect: bool = True
    """Whether the key that encrypts the log is protected."""


class FlowLogs(pulumi.ComponentResource):
    """Accepted and rejected connections of a network, in an encrypted log group."""

    log_group_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:FlowLogs", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_group = f"/{args.label}/flow-logs"
        group_arn = f"arn:{args.partition}:logs:{args.region}:{args.account}:log-group:{log_group}"
        key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias=f"{args.label}-flow-logs",
                description=f"Flow logs of {args.label}",
                account=args.account,
                partition=args.partition,
                users=[
                    KeyUser(
                        service=f"logs.{args.region}.amazonaws.com",
                        conditions={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group_arn}},
                    )
                ],
                protect=args.protect,
            ),
            child,
        )
        group = aws.cloudwatch.LogGroup(
            name, name=log_group, retention_in_days=args.retention, kms_key_id=key.arn, opts=child
        )
        role = aws.iam.Role(
            name,
            description=f"Writes the flow logs of {args.label}",
            assume_role_policy=trust_document("vpc-flow-logs.amazonaws.com", source_account=args.account),
            permissions_boundary=args.permission_boundary,
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=policy_document(
                Statement(
                    sid="WriteFlowLogs",
                    actions=[
                        "logs:CreateLogStream",
                        "logs:PutLogEvents",
                        "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams",
                    ],
                    resources=[group.arn, pulumi.Output.concat(group.arn, ":*")],
                    reason="`:*` are the streams of this one group",
                )
            ),
            opts=child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.log_group_arn = group.arn
        self.register_outputs({"log_group_arn": self.log_group_arn})
