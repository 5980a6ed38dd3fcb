"""Rules that only show together with the stack's own name: what AWS makes of it in names that are fixed."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import S3ObjectStorage

if TYPE_CHECKING:
    from infra.settings.environment import EnvironmentSettings
    from infra.settings.rules import Broken

_BUCKET_LENGTH = 63


def broken_name_rules(stack: str, settings: "EnvironmentSettings") -> Iterator["Broken"]:
    """What can't be named as it would be. Nothing off AWS, where the stack's name is in no other."""
    account = settings.account
    if account is None:
        return
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", stack):
        yield (
            ("account",),
            f"`{stack}` is no name for a stack on AWS, where it is part of others: lower-case letters, digits, hyphens",
        )
    name = f"{settings.namespace_prefix}-{stack}"
    storage = settings.object_storage
    if isinstance(storage, S3ObjectStorage):
        for purpose in ("artifacts", *storage.buckets):
            bucket = f"{name}-{account.id}-{purpose}{'-replica' if storage.replication else ''}"
            if len(bucket) > _BUCKET_LENGTH:
                at = storage.buckets.index(purpose) if purpose in storage.buckets else None
                yield (
                    ("namespace_prefix",) if at is None else ("object_storage", "buckets", at),
                    f"is too long: the bucket `{bucket}` would have {len(bucket)} characters, "
                    f"and S3 allows {_BUCKET_LENGTH}",
                )
