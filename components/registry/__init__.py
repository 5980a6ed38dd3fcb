"""Container images."""

from components.registry.distribution import (
    DistributionRegistry,
    DistributionRegistryArgs,
    GarbageCollectionArgs,
    HtpasswdArgs,
    TokenArgs,
)

__all__ = [
    "DistributionRegistry",
    "DistributionRegistryArgs",
    "GarbageCollectionArgs",
    "HtpasswdArgs",
    "TokenArgs",
]
