"""Where backups are kept: encrypted with a key of their own, and locked if need be."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import EncryptionKey, EncryptionKeyArgs


@dataclass(frozen=True, kw_only=True)
class VaultLockArgs:
    """For how long no backup can be deleted, whoever asks."""

    min_days: int
    max_days: int
    grace_days: int | None = None
    """Days until the lock itself can't be taken away any more; none: who may, always can."""


@dataclass(frozen=True, kw_only=True)
class BackupVaultArgs:
    """A vault. The provider given with the component says in which region."""

    name: str
    """Of the vault; the key's alias begins with it."""
    account: str
    partition: str = "aws"
    lock: VaultLockArgs | None = None
    protect: bool = True


class BackupVault(pulumi.ComponentResource):
    """A vault with its key."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:BackupVault", name, {}, opts)
        key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias=f"{args.name}-backups",
                description=f"Backups of {args.name}",
                account=args.account,
                partition=args.partition,
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect)
        vault = aws.backup.Vault(name, name=args.name, kms_key_arn=key.arn, force_destroy=not args.protect, opts=kept)
        if args.lock:
            aws.backup.VaultLockConfiguration(
                name,
                backup_vault_name=vault.name,
                min_retention_days=args.lock.min_days,
                max_retention_days=args.lock.max_days,
                changeable_for_days=args.lock.grace_days,
                opts=kept,
            )
        self.arn, self.name = vault.arn, vault.name
        self.register_outputs({"arn": self.arn, "name": self.name})
