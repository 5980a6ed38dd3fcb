"""Rules that only show together with the stack's own name: what AWS makes of it in names that are fixed."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import EcrRegistry, RdsDatabase, S3ObjectStorage
from infra.settings.names import CACHE_PREFIXES

if TYPE_CHECKING:
    from infra.settings.environment import EnvironmentSettings
    from infra.settings.rules import Broken

_BUCKET_LENGTH = 63
_DATABASE_LENGTH = 63
_CACHE_LENGTH = 30
"""Of a cache's prefix in ECR (API reference, CreatePullThroughCacheRule)."""


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
    prefix = f"{name}-{account.id}"
    storage = settings.object_storage
    if isinstance(storage, S3ObjectStorage):
        suffix = "-replica" if storage.replication else ""
        yield from _too_long(("namespace_prefix",), f"{prefix}-artifacts{suffix}")
        for index, bucket in enumerate(storage.buckets):
            yield from _too_long(("object_storage", "buckets", index), f"{prefix}-{bucket}{suffix}")
    elif settings.audit:
        yield from _too_long(("namespace_prefix",), f"{prefix}-{'config' if settings.audit.config else 'audit'}")
    if isinstance(settings.database, RdsDatabase):
        yield from _database(name)
    registry = settings.registry
    if isinstance(registry, EcrRegistry) and registry.pull_through_cache:
        for index, upstream in enumerate(registry.pull_through_cache.upstreams):
            cache = f"{name}/{CACHE_PREFIXES[upstream]}"
            if len(cache) > _CACHE_LENGTH:
                yield (
                    ("registry", "pull_through_cache", "upstreams", index),
                    f"can't be cached: the prefix `{cache}` would have {len(cache)} characters, and ECR allows "
                    f"{_CACHE_LENGTH}; choose a shorter `namespace_prefix`",
                )


def _database(name: str) -> Iterator["Broken"]:
    if "--" in name:
        yield ("namespace_prefix",), f"makes `{name}`: RDS takes no name with two hyphens in a row"
    if len(name) > _DATABASE_LENGTH:
        yield (
            ("namespace_prefix",),
            f"is too long: the database `{name}` would have {len(name)} characters, and RDS allows {_DATABASE_LENGTH}",
        )


def _too_long(path: tuple[str | int, ...], bucket: str) -> Iterator["Broken"]:
    if len(bucket) > _BUCKET_LENGTH:
        yield (
            path,
            f"is too long: the bucket `{bucket}` would have {len(bucket)} characters, and S3 allows {_BUCKET_LENGTH}",
        )
