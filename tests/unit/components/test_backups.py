"""What is backed up, for how long, and who can delete or restore it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.graph import Graph, Resource
from tests.unit.components.environment import environment, output

ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
ON_EKS: dict[str, Any] = {
    "network": {"kind": "vpc", "cidr": "10.64.0.0/16"},
    "cluster": {"kind": "eks", "deployer": "arn:aws:iam::111122223333:role/deployer"},
    "object_storage": {"kind": "s3", "buckets": ["vision"]},
}


def _backups(account: Mapping[str, Any] | None = None, **backups: Any) -> Graph:
    return environment(account={**ACCOUNT, **(account or {})}, backups={"kind": "aws_backup", **backups}, **ON_EKS)


def _all(graph: Graph, type_: str) -> dict[str, Resource]:
    return {r.name: r for r in graph if r.type.startswith("aws:") and r.type.endswith(f":{type_}")}


def test_off_by_default() -> None:
    assert not _all(environment(account=ACCOUNT, **ON_EKS), "Plan")


def test_each_schedule_keeps_its_backups_for_its_days() -> None:
    (plan,) = _all(_backups(hour=3, daily=14, weekly=90, monthly=365), "Plan").values()
    rules = {rule["ruleName"]: (rule["schedule"], rule["lifecycle"]["deleteAfter"]) for rule in plan.inputs["rules"]}
    assert rules == {
        "daily": ("cron(0 3 * * ? *)", 14),
        "weekly": ("cron(0 3 ? * 1 *)", 90),
        "monthly": ("cron(0 3 1 * ? *)", 365),
    }


def test_buckets_are_found_by_their_names() -> None:
    selection = _all(_backups(buckets=["artifacts", "vision"]), "Selection")["backups-buckets"]
    prefix = "arn:aws:s3:::mlops-local-111122223333"
    assert selection.inputs["resources"] == [f"{prefix}-artifacts", f"{prefix}-vision"]


def test_volumes_of_claims_are_found_by_their_tags_and_nodes_disks_are_not() -> None:
    selection = _all(_backups(), "Selection")["backups-volumes"]
    assert selection.inputs["resources"] == ["arn:aws:ec2:eu-central-1:111122223333:volume/*"]
    (conditions,) = selection.inputs["conditions"]
    assert {test["key"]: test["value"] for test in conditions["stringLikes"]} == {
        "aws:ResourceTag/groundwork:environment": "local",
        "aws:ResourceTag/kubernetes.io/created-for/pvc/name": "*",
    }
    assert "backups-volumes" not in _all(_backups(volumes=False), "Selection")


def test_the_vault_has_a_key_of_its_own_and_stays() -> None:
    graph = _backups()
    vault = _all(graph, "Vault")["backups"]
    assert vault.inputs["kmsKeyArn"] == _all(graph, "Key")["backups"].outputs["arn"]
    assert vault.protect and vault.inputs["forceDestroy"] is False
    assert _all(_backups({"protection": "off"}), "Vault")["backups"].inputs["forceDestroy"] is True
    assert not _all(graph, "VaultLockConfiguration")


@pytest.mark.parametrize(("mode", "grace"), [("governance", None), ("compliance", 5)])
def test_a_locked_vault_takes_what_the_schedules_keep(mode: str, grace: int | None) -> None:
    graph = _backups(weekly=90, lock={"mode": mode, "min_days": 10, "grace_days": 5})
    lock = _all(graph, "VaultLockConfiguration")["backups"].inputs
    assert (lock["minRetentionDays"], lock["maxRetentionDays"]) == (10, 90)
    assert lock.get("changeableForDays") == grace


def test_copies_go_to_a_vault_of_another_region_that_is_locked_as_well() -> None:
    graph = _backups(elsewhere={"region": "eu-west-1", "keep_days": 60}, lock={"min_days": 10})
    vault = _all(graph, "Vault")["backups-elsewhere"]
    assert str(vault.provider).endswith("::account-eu-west-1")
    (rule,) = _all(graph, "Plan")["backups"].inputs["rules"]
    (copy,) = rule["copyActions"]
    assert copy == {"destinationVaultArn": vault.outputs["arn"], "lifecycle": {"deleteAfter": 60}}
    assert _all(graph, "VaultLockConfiguration")["backups-elsewhere"].inputs["maxRetentionDays"] == 60


def test_one_role_backs_up_and_another_restores() -> None:
    graph = _backups()
    attached: dict[str, set[str]] = {}
    for attachment in _all(graph, "RolePolicyAttachment").values():
        name = attachment.inputs["policyArn"].rpartition("/")[2]
        attached.setdefault(attachment.inputs["role"], set()).add(name)
    roles = _all(graph, "Role")
    assert attached[roles["backups-backup"].outputs["name"]] == {
        "AWSBackupServiceRolePolicyForBackup",
        "AWSBackupServiceRolePolicyForS3Backup",
    }
    assert attached["mlops-local-restore"] == {
        "AWSBackupServiceRolePolicyForRestores",
        "AWSBackupServiceRolePolicyForS3Restore",
    }
    selections = _all(graph, "Selection").values()
    assert {s.inputs["iamRoleArn"] for s in selections} == {roles["backups-backup"].outputs["arn"]}
    assert output(graph, "backup_restore_role") == roles["backups-restore"].outputs["arn"]


def test_mail_comes_of_what_did_not_end_well() -> None:
    graph = _backups(emails=["platform@example.com"])
    (subscription,) = _all(graph, "TopicSubscription").values()
    assert json.loads(subscription.inputs["filterPolicy"]) == {"State": [{"anything-but": ["COMPLETED", "SUCCESSFUL"]}]}
    (notifications,) = _all(graph, "VaultNotifications").values()
    assert "BACKUP_JOB_COMPLETED" in notifications.inputs["backupVaultEvents"]
    (policy,) = _all(graph, "TopicPolicy").values()
    publish = json.loads(policy.inputs["policy"])["Statement"][0]
    vault = "arn:aws:backup:eu-central-1:111122223333:backup-vault:mlops-local"
    assert publish["Condition"]["ArnEquals"] == {"aws:SourceArn": vault}


def test_without_anybody_to_tell_there_is_no_topic() -> None:
    assert not _all(_backups(), "Topic")
