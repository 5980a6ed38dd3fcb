"""Encryption keys with narrow policies."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.policies import Condition, Statement, policy_document


@dataclass(frozen=True, kw_only=True)
class KeyUser:
    """An AWS service that encrypts with the key on its own account's behalf, and under which conditions."""

    service: str
    """`logs.eu-central-1.amazonaws.com`"""
    conditions: Condition
    """Never empty: without one, any customer of the service could make it use the key."""


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """A symmetric KMS key. Roles of the account get at it by their own policies."""

    alias: str
    """Without `alias/`; the deterministic name that people find the key by."""
    description: str
    account: str
    partition: str = "aws"
    users: Sequence[KeyUser] = ()
    statements: Sequence[Statement] = ()
    """More of the key's policy, where a service has no principal of its own."""
    protect: bool = True
    """Whether it is protected and retained: what it encrypted is lost with it."""


class EncryptionKey(pulumi.ComponentResource):
    """A customer-managed key that rotates each year, and its alias."""

    arn: pulumi.Output[str]
    key_id: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:EncryptionKey", name, {}, opts)
        key = aws.kms.Key(
            name,
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=policy_document(
                Statement(
                    sid="Account",
                    actions=["kms:*"],
                    resources=["*"],
                    principals={"AWS": f"arn:{args.partition}:iam::{args.account}:root"},
                    reason="hands the key to the account's IAM policies (AWS's default key policy); "
                    "without it nobody could ever change the key. In a key's policy `*` is this key alone",
                ),
                *(_use(user) for user in args.users),
                *args.statements,
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        aws.kms.Alias(
            name,
            name=f"alias/{args.alias}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.key_id = key.key_id
        self.register_outputs({"arn": self.arn})


def _use(user: KeyUser) -> Statement:
    return Statement(
        sid="".join(part.capitalize() for part in user.service.partition(".")[0].split("-")),
        actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        resources=["*"],
        principals={"Service": user.service},
        conditions=user.conditions,
        reason="the variants of two actions (To, From; Pair, WithoutPlaintext); in a key's policy `*` is the key alone",
    )
