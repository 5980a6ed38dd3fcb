"""Backups: copies of what holds data, in a vault of their own."""

from components.backups.plan import AwsBackups, AwsBackupsArgs, CopyArgs, TaggedArgs
from components.backups.vault import BackupVault, BackupVaultArgs, VaultLockArgs

__all__ = [
    "AwsBackups",
    "AwsBackupsArgs",
    "BackupVault",
    "BackupVaultArgs",
    "CopyArgs",
    "TaggedArgs",
    "VaultLockArgs",
]
