"""What is backed up when, for how long, and by which role."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import AlertTopic, AlertTopicArgs, trust_document
from components.backups.vault import BackupVault, BackupVaultArgs, VaultLockArgs

_SERVICE = "backup.amazonaws.com"
_START_WITHIN, _COMPLETE_WITHIN = 60, 24 * 60
"""Minutes: a job that can't start in its hour is not taken to be one that ran."""
# What AWS Backup still sends (developer guide, "Notification options"): a completed job may have failed.
_EVENTS = ("BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED", "RESTORE_JOB_COMPLETED", "S3_BACKUP_OBJECT_FAILED")
_WELL = ("COMPLETED", "SUCCESSFUL")
_POLICIES: Mapping[str, tuple[str, ...]] = {
    "backup": ("service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"),
    "restore": ("service-role/AWSBackupServiceRolePolicyForRestores", "AWSBackupServiceRolePolicyForS3Restore"),
}


@dataclass(frozen=True, kw_only=True)
class CopyArgs:
    """A vault elsewhere that takes a copy of every backup."""

    vault: pulumi.Input[str]
    """Its ARN."""
    keep_days: int


@dataclass(frozen=True, kw_only=True)
class TaggedArgs:
    """Resources of some kinds that have all of these tags."""

    arns: Sequence[str]
    """With wildcards."""
    tags: Mapping[str, str]
    """Values may have wildcards."""


@dataclass(frozen=True, kw_only=True)
class AwsBackupsArgs:
    """The backups of one environment."""

    name: str
    """Of the vault and the plan; the role that restores is called by it."""
    account: str
    region: str
    partition: str = "aws"
    schedules: Mapping[str, tuple[str, int]]
    """Cron expression as AWS has it, in UTC, and days for which the backup is kept, by name."""
    resources: Mapping[str, Sequence[str]]
    """ARNs of what is backed up, by what they are."""
    tagged: Mapping[str, TaggedArgs]
    """What is backed up by its tags, by what it is."""
    lock: VaultLockArgs | None = None
    copy: CopyArgs | None = None
    emails: Sequence[str] = ()
    """Who hears of jobs that did not end well."""
    permission_boundary: str | None = None
    protect: bool = True


class AwsBackups(pulumi.ComponentResource):
    """A vault, a plan that fills it, a role that may read what is backed up, and one that may restore it."""

    vault_name: pulumi.Output[str]
    restore_role_arn: pulumi.Output[str]
    topic_arn: pulumi.Output[str] | None = None

    def __init__(self, name: str, args: AwsBackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:AwsBackups", name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        vault = BackupVault(
            name,
            BackupVaultArgs(
                name=args.name,
                account=args.account,
                partition=args.partition,
                lock=args.lock,
                protect=args.protect,
            ),
            self._child,
        )
        plan = self._plan(vault)
        self._select(plan, self._role("backup"))
        self.vault_name = vault.name
        self.restore_role_arn = self._role("restore", name=f"{args.name}-restore")
        if args.emails:
            self.topic_arn = self._notify(vault)
        self.register_outputs({"vault_name": self.vault_name, "restore_role_arn": self.restore_role_arn})

    def _plan(self, vault: BackupVault) -> aws.backup.Plan:
        copies = [
            aws.backup.PlanRuleCopyActionArgs(
                destination_vault_arn=copy.vault,
                lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=copy.keep_days),
            )
            for copy in (self._args.copy,)
            if copy
        ]
        return aws.backup.Plan(
            self._name,
            name=self._args.name,
            rules=[
                aws.backup.PlanRuleArgs(
                    rule_name=name,
                    target_vault_name=vault.name,
                    schedule=schedule,
                    start_window=_START_WITHIN,
                    completion_window=_COMPLETE_WITHIN,
                    lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=keep),
                    copy_actions=copies or None,
                )
                for name, (schedule, keep) in self._args.schedules.items()
            ],
            opts=self._child,
        )

    def _role(self, purpose: str, *, name: str | None = None) -> pulumi.Output[str]:
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-{purpose}",
            name=name,
            description=f"AWS Backup: {purpose} of {args.name}",
            assume_role_policy=trust_document(_SERVICE, source_account=args.account),
            permissions_boundary=args.permission_boundary,
            opts=self._child,
        )
        attached = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{policy.rpartition('/')[2]}",
                role=role.name,
                policy_arn=f"arn:{args.partition}:iam::aws:policy/{policy}",
                opts=self._child,
            ).id
            for policy in _POLICIES[purpose]
        ]
        return pulumi.Output.all(role.arn, *attached).apply(lambda known: str(known[0]))

    def _select(self, plan: aws.backup.Plan, role: pulumi.Output[str]) -> None:
        for what, arns in self._args.resources.items():
            aws.backup.Selection(
                f"{self._name}-{what}",
                name=what,
                plan_id=plan.id,
                iam_role_arn=role,
                resources=list(arns),
                opts=self._child,
            )
        for what, tagged in self._args.tagged.items():
            aws.backup.Selection(
                f"{self._name}-{what}",
                name=what,
                plan_id=plan.id,
                iam_role_arn=role,
                resources=list(tagged.arns),
                conditions=[
                    aws.backup.SelectionConditionArgs(
                        string_likes=[
                            aws.backup.SelectionConditionStringLikeArgs(key=f"aws:ResourceTag/{key}", value=value)
                            for key, value in tagged.tags.items()
                        ]
                    )
                ],
                opts=self._child,
            )

    def _notify(self, vault: BackupVault) -> pulumi.Output[str]:
        args = self._args
        arn = f"arn:{args.partition}:backup:{args.region}:{args.account}:backup-vault:{args.name}"
        topic = AlertTopic(
            f"{self._name}-alerts",
            AlertTopicArgs(
                name=f"{args.name}-backup-alerts",
                description=f"Backup alerts of {args.name}",
                service=_SERVICE,
                # AWS Backup developer guide, "Cross-service confused deputy prevention".
                conditions={"StringEquals": {"aws:SourceAccount": args.account}, "ArnEquals": {"aws:SourceArn": arn}},
                account=args.account,
                partition=args.partition,
                protect=args.protect,
            ),
            self._child,
        ).arn
        aws.backup.VaultNotifications(
            self._name,
            backup_vault_name=vault.name,
            sns_topic_arn=topic,
            backup_vault_events=list(_EVENTS),
            opts=self._child,
        )
        for email in args.emails:
            aws.sns.TopicSubscription(
                f"{self._name}-{email}",
                topic=topic,
                protocol="email",
                endpoint=email,
                filter_policy=json.dumps({"State": [{"anything-but": list(_WELL)}]}),
                opts=self._child,
            )
        return topic
