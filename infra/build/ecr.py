"""Amazon ECR: settings → component."""

import pulumi

from components.registry.ecr import EcrCacheArgs, EcrRegistry, EcrRegistryArgs
from infra.build.account import Account
from infra.build.images import UPSTREAMS, ecr_host, repositories_of
from infra.settings import capabilities
from infra.settings.names import CACHE_PREFIXES


def declare(account: Account, settings: capabilities.EcrRegistry) -> EcrRegistry:
    """Repositories of one's own, and caches of other registries."""
    built = EcrRegistry(
        "registry",
        EcrRegistryArgs(
            name=account.name,
            account=account.settings.id,
            region=account.settings.region,
            host=ecr_host(account),
            partition=account.settings.partition,
            repositories=settings.repositories,
            caches=_caches(settings.pull_through_cache) if settings.pull_through_cache else {},
            keep_images=settings.keep_images,
            keep_untagged=settings.keep_untagged,
            enhanced_scanning=settings.enhanced_scanning,
            tags=account.tags,
            permission_boundary=account.settings.permission_boundary,
            protect=account.protect,
        ),
        account.opts,
    )
    pulumi.export("registry_repositories", dict(built.repositories))
    if built.push_policy is not None:
        pulumi.export("registry_push_policy", built.push_policy)
    return built


def _caches(settings: capabilities.PullThroughCache) -> dict[str, EcrCacheArgs]:
    return {
        upstream: EcrCacheArgs(
            prefix=CACHE_PREFIXES[upstream],
            upstream=UPSTREAMS[upstream],
            credential=settings.credentials.get(upstream),
            repositories=repositories_of(upstream),
        )
        for upstream in settings.upstreams
    }
