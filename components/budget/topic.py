"""The topic that alerts of a budget go to: encrypted, and AWS Budgets' alone to publish to."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import EncryptionKey, EncryptionKeyArgs, KeyUser, Statement, policy_document

_SERVICE = "budgets.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class AlertTopicArgs:
    """Whose budgets publish."""

    label: str
    account: str
    partition: str = "aws"
    protect: bool = True


class AlertTopic(pulumi.ComponentResource):
    """An SNS topic for chat and paging to subscribe to."""

    arn: pulumi.Output[str]
    """Known once budgets may publish to it: AWS tries when it is given one."""

    def __init__(self, name: str, args: AlertTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:AlertTopic", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # As AWS has it (Cost Management user guide, "Creating an Amazon SNS topic for budget notifications").
        by_budgets = {
            "StringEquals": {"aws:SourceAccount": args.account},
            "ArnLike": {"aws:SourceArn": f"arn:{args.partition}:budgets::{args.account}:*"},
        }
        key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias=f"{args.label}-budget",
                description=f"Budget alerts of {args.label}",
                account=args.account,
                partition=args.partition,
                users=[KeyUser(service=_SERVICE, conditions=by_budgets)],
                protect=args.protect,
            ),
            child,
        )
        topic = aws.sns.Topic(name, name=f"{args.label}-budget", kms_master_key_id=key.arn, opts=child)
        policy = aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=policy_document(
                Statement(
                    sid="Budgets",
                    actions=["sns:Publish"],
                    resources=[topic.arn],
                    principals={"Service": _SERVICE},
                    conditions=by_budgets,
                ),
                Statement(
                    sid="Insecure",
                    effect="Deny",
                    actions=["sns:Publish"],
                    resources=[topic.arn],
                    principals={"*": "*"},
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                ),
            ),
            opts=child,
        )
        self.arn = pulumi.Output.all(topic.arn, policy.id).apply(lambda known: str(known[0]))
        self.register_outputs({"arn": self.arn})
