"""Rules across the keys of Amazon ECR."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import AwsAccount, EcrRegistry, PullThroughCache
from infra.settings.capabilities.registry import WITH_CREDENTIALS
from infra.settings.names import CACHE_PREFIXES

if TYPE_CHECKING:
    from infra.settings.rules import Broken


def broken_registry_rules(registry: EcrRegistry, account: AwsAccount) -> Iterator["Broken"]:
    """What no single key of the registry can show to be wrong."""
    yield from _repositories(registry)
    if registry.pull_through_cache:
        yield from _cache(registry.pull_through_cache, account)


def _repositories(registry: EcrRegistry) -> Iterator["Broken"]:
    for index, name in enumerate(registry.repositories):
        path = ("registry", "repositories", index)
        if name.partition("/")[0] in CACHE_PREFIXES.values():
            yield path, "is where ECR caches another registry"
        elif name in registry.repositories[:index]:
            yield path, "is already in this list"


def _cache(cache: PullThroughCache, account: AwsAccount) -> Iterator["Broken"]:
    path = ("registry", "pull_through_cache")
    for index, upstream in enumerate(cache.upstreams):
        if upstream in cache.upstreams[:index]:
            yield (*path, "upstreams", index), "is already in this list"
        elif upstream in WITH_CREDENTIALS and upstream not in cache.credentials:
            yield (*path, "upstreams", index), f"needs an account: `credentials` must name its secret for `{upstream}`"
    for name, secret in cache.credentials.items():
        region, owner = secret.split(":")[3:5]
        if name not in WITH_CREDENTIALS:
            yield (*path, "credentials", name), f"needs none; those that do: {', '.join(WITH_CREDENTIALS)}"
        elif (region, owner) != (account.region, account.id):
            yield (*path, "credentials", name), "must be a secret of the environment's own account and region"
