"""Topics that one AWS service publishes to, for mail, chat and paging to subscribe to."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.keys import EncryptionKey, EncryptionKeyArgs, KeyUser
from components.aws.policies import Condition, Statement, policy_document


@dataclass(frozen=True, kw_only=True)
class AlertTopicArgs:
    """What the topic is called, and who publishes."""

    name: str
    """Of the topic, and of its key's alias."""
    description: str
    """Of the key."""
    service: str
    """`budgets.amazonaws.com`"""
    conditions: Condition
    """For what the service publishes: without one, any customer of it could."""
    account: str
    partition: str = "aws"
    protect: bool = True


class AlertTopic(pulumi.ComponentResource):
    """An encrypted topic, one service's alone to publish to."""

    arn: pulumi.Output[str]
    """Known once the service may publish to it: AWS tries when it is given one."""

    def __init__(self, name: str, args: AlertTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:AlertTopic", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias=args.name,
                description=args.description,
                account=args.account,
                partition=args.partition,
                users=[KeyUser(service=args.service, conditions=args.conditions)],
                protect=args.protect,
            ),
            child,
        )
        topic = aws.sns.Topic(name, name=args.name, kms_master_key_id=key.arn, opts=child)
        policy = aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=policy_document(
                Statement(
                    sid=args.service.partition(".")[0].capitalize(),
                    actions=["sns:Publish"],
                    resources=[topic.arn],
                    principals={"Service": args.service},
                    conditions=args.conditions,
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
