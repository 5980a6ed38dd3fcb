"""Backups: settings → component."""

from typing import TYPE_CHECKING

import pulumi

from infra.build.account import Account
from infra.build.platform import Platform
from infra.settings import EnvironmentSettings
from infra.settings.capabilities import AwsBackups, EksCluster, S3ObjectStorage

if TYPE_CHECKING:
    from components.backups import CopyArgs, TaggedArgs, VaultLockArgs

_ENVIRONMENT = "groundwork:environment"


def declare(platform: Platform) -> None:
    """Copies of what holds data, in a vault of their own."""
    account, settings = platform.account, platform.settings.backups
    if account is None or settings is None:
        return
    from components.backups import AwsBackups, AwsBackupsArgs

    built = AwsBackups(
        "backups",
        AwsBackupsArgs(
            name=account.name,
            account=account.settings.id,
            region=account.settings.region,
            partition=account.settings.partition,
            schedules=_schedules(settings),
            resources=_resources(account, platform.settings),
            tagged=_volumes(account, platform.settings),
            lock=_lock(settings),
            copy=_copy(account, settings),
            emails=settings.emails,
            permission_boundary=account.settings.permission_boundary,
            protect=account.protect,
        ),
        account.opts,
    )
    pulumi.export("backup_vault", built.vault_name)
    pulumi.export("backup_restore_role", built.restore_role_arn)


def _schedules(settings: AwsBackups) -> dict[str, tuple[str, int]]:
    """AWS's cron has six fields and counts Sunday as 1."""
    keeps = {
        "daily": ("* * ? *", settings.daily),
        "weekly": ("? * 1 *", settings.weekly),
        "monthly": ("1 * ? *", settings.monthly),
    }
    return {name: (f"cron(0 {settings.hour} {days})", keep) for name, (days, keep) in keeps.items() if keep}


def _resources(account: Account, settings: EnvironmentSettings) -> dict[str, list[str]]:
    """By the names that are fixed: what is made later is found by them too."""
    place, storage = account.settings, settings.object_storage
    found: dict[str, list[str]] = {}
    if has_rds(settings):
        found["database"] = [f"arn:{place.partition}:rds:{place.region}:{place.id}:db:{account.name}"]
    if isinstance(storage, S3ObjectStorage) and settings.backups and settings.backups.buckets:
        names = (f"{account.name}-{place.id}-{purpose}" for purpose in settings.backups.buckets)
        found["buckets"] = [f"arn:{place.partition}:s3:::{name}" for name in names]
    return found


def _volumes(account: Account, settings: EnvironmentSettings) -> "dict[str, TaggedArgs]":
    from components.backups import TaggedArgs

    if not (settings.backups and settings.backups.volumes and isinstance(settings.cluster, EksCluster)):
        return {}
    place = account.settings
    # Nodes have disks with the environment's tag as well; those of claims name their claim.
    tags = {_ENVIRONMENT: account.tags[_ENVIRONMENT], "kubernetes.io/created-for/pvc/name": "*"}
    arns = [f"arn:{place.partition}:ec2:{place.region}:{place.id}:volume/*"]
    return {"volumes": TaggedArgs(arns=arns, tags=tags)}


def _lock(settings: AwsBackups) -> "VaultLockArgs | None":
    from components.backups import VaultLockArgs

    lock = settings.lock
    if lock is None:
        return None
    longest = max(settings.daily, settings.weekly or 0, settings.monthly or 0)
    return VaultLockArgs(
        min_days=lock.min_days,
        max_days=longest,
        grace_days=lock.grace_days if lock.mode == "compliance" else None,
    )


def _copy(account: Account, settings: AwsBackups) -> "CopyArgs | None":
    from components.backups import BackupVault, BackupVaultArgs, CopyArgs, VaultLockArgs

    copy, lock = settings.elsewhere, _lock(settings)
    if copy is None:
        return None
    vault = BackupVault(
        "backups-elsewhere",
        BackupVaultArgs(
            name=f"{account.name}-copies",
            account=account.settings.id,
            partition=account.settings.partition,
            lock=lock and VaultLockArgs(min_days=lock.min_days, max_days=copy.keep_days, grace_days=lock.grace_days),
            protect=account.protect,
        ),
        account.in_region(copy.region),
    )
    return CopyArgs(vault=vault.arn, keep_days=copy.keep_days)


def has_rds(settings: EnvironmentSettings) -> bool:
    """Whether the platform's database is one that RDS runs."""
    kind: str = settings.database.kind
    return kind == "rds"
