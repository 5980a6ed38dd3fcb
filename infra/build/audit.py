"""Audit: settings → component."""

import pulumi

from components.access import ObjectStorage
from infra.build.platform import Platform


def declare(platform: Platform, storage: ObjectStorage) -> None:
    """Who did what in the account."""
    account, settings = platform.account, platform.settings.audit
    if account is None or settings is None:
        return
    from components import audit
    from components.aws import LockArgs
    from components.object_storage.s3 import S3ObjectStorage

    partition = account.settings.partition
    watched = storage.buckets.values() if settings.data_events and isinstance(storage, S3ObjectStorage) else ()
    prefix = f"{account.name}-{account.settings.id}"
    built = audit.CloudtrailAudit(
        "audit",
        audit.CloudtrailAuditArgs(
            name=account.name,
            account=account.settings.id,
            region=account.settings.region,
            partition=partition,
            bucket=f"{prefix}-audit",
            lock=LockArgs(mode=settings.lock.mode.upper(), days=settings.lock.days),
            expire_after=settings.expire_after,
            watched=[pulumi.Output.concat(f"arn:{partition}:s3:::", access.bucket) for access in watched],
            log_days=settings.log_days if settings.cloudwatch else None,
            config_bucket=f"{prefix}-config" if settings.config else None,
            permission_boundary=account.settings.permission_boundary,
            protect=account.protect,
        ),
        account.opts,
    )
    pulumi.export("audit_bucket", built.bucket_name)
