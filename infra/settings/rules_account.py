"""Rules across the keys of an account's audit, delivery and backups."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import (
    AwsAccount,
    AwsBackups,
    CloudtrailAudit,
    EksCluster,
    OidcDelivery,
    S3ObjectStorage,
)
from infra.settings.capabilities.account import partition
from infra.settings.machines import wrong_region
from infra.settings.words import suggestion

if TYPE_CHECKING:
    from infra.settings.environment import EnvironmentSettings
    from infra.settings.rules import Broken


def broken_account_rules(settings: "EnvironmentSettings", account: AwsAccount) -> Iterator["Broken"]:
    """What no single key of them can show to be wrong."""
    if settings.audit:
        yield from _audit(settings.audit, account)
    if settings.backups:
        yield from _backups(settings, settings.backups, account)
    if settings.delivery:
        yield from _delivery(settings.delivery)


def _audit(audit: CloudtrailAudit, account: AwsAccount) -> Iterator["Broken"]:
    if audit.expire_after < audit.lock.days:
        yield ("audit", "expire_after"), "is less than `lock.days`: nothing can be deleted that is still locked"
    if audit.lock.mode == "compliance" and account.protection == "off":
        yield (
            ("audit", "lock", "mode"),
            "is `compliance`, so the bucket can't go before its days are over: `account.protection` must be on",
        )


def _backups(settings: "EnvironmentSettings", backups: AwsBackups, account: AwsAccount) -> Iterator["Broken"]:
    storage, database = settings.object_storage, str(settings.database.kind)
    on_s3 = isinstance(storage, S3ObjectStorage)
    volumes = backups.volumes and isinstance(settings.cluster, EksCluster)
    if not (volumes or (on_s3 and backups.buckets) or database == "rds"):
        yield ("backups", "kind"), "finds nothing to back up: no database on RDS, no buckets on S3, no volumes on EKS"
    if isinstance(storage, S3ObjectStorage):
        known = ("artifacts", "data", "backups", *storage.buckets)
        for index, bucket in enumerate(backups.buckets):
            if bucket not in known:
                yield ("backups", "buckets", index), f"is no bucket here; {suggestion(bucket, known)}"
    yield from _kept(backups)
    if backups.lock and backups.lock.mode == "compliance" and account.protection == "off":
        yield (
            ("backups", "lock", "mode"),
            "is `compliance`, so the vault can't go before its days are over: `account.protection` must be on",
        )
    if backups.elsewhere:
        path = ("backups", "elsewhere", "region")
        region = backups.elsewhere.region
        if wrong := wrong_region(region):
            yield path, wrong
        elif region == account.region:
            yield path, "is the account's own region: copies must be in another"
        elif partition(region) != account.partition:
            yield path, f"is out of reach from {account.region}: copies stay within one partition"


def _kept(backups: AwsBackups) -> Iterator["Broken"]:
    """AWS refuses to take a backup into a locked vault for fewer days than the lock wants."""
    least = backups.lock.min_days if backups.lock else 0
    days: dict[tuple[str | int, ...], int | None] = {
        ("backups", "daily"): backups.daily,
        ("backups", "weekly"): backups.weekly,
        ("backups", "monthly"): backups.monthly,
        ("backups", "elsewhere", "keep_days"): backups.elsewhere.keep_days if backups.elsewhere else None,
    }
    for path, keep in days.items():
        if keep is not None and keep < least:
            yield path, f"is less than `lock.min_days`, which is {least}: the vault would take no such backup"


def _delivery(delivery: OidcDelivery) -> Iterator["Broken"]:
    if not (delivery.github or delivery.gitlab or delivery.circleci):
        yield ("delivery", "kind"), "names no pipelines: add `github`, `gitlab` or `circleci`"
    for key in ("github", "gitlab", "circleci"):
        pipelines = getattr(delivery, key)
        if pipelines is None:
            continue
        if not pipelines.branches and not getattr(pipelines, "environments", ()):
            yield ("delivery", key, "branches"), "is empty: no branch could deploy"
        if pipelines.provider and not pipelines.provider.endswith(f":oidc-provider/{pipelines.address}"):
            yield ("delivery", key, "provider"), f"is for another issuer than `{pipelines.address}`"
