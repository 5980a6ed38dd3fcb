"""Which image a pod names: the catalog's, or the environment's own copy of it."""

from collections.abc import Mapping

from infra.build.account import Account
from infra.catalog import image, images
from infra.settings.capabilities import DistributionRegistry, EcrRegistry
from infra.settings.capabilities.account import service_host
from infra.settings.names import CACHE_PREFIXES


def resolved(name: str, registry: DistributionRegistry | EcrRegistry, account: Account | None) -> str:
    """The reference by the image's name in the catalog, by way of ECR where its registry is cached there."""
    reference = image(name)
    cache = registry.pull_through_cache if isinstance(registry, EcrRegistry) else None
    upstream, _, rest = reference.partition("/")
    if account is None or cache is None or upstream not in cache.upstreams:
        return reference
    return f"{ecr_host(account)}/{account.name}/{CACHE_PREFIXES[upstream]}/{rest}"


def repositories_of(upstream: str) -> list[str]:
    """Those that the catalog's images are in, at one registry."""
    rests = [rest for host, _, rest in (i.reference.partition("/") for i in images().values()) if host == upstream]
    return sorted({rest.partition("@")[0].rpartition(":")[0] for rest in rests})


def ecr_host(account: Account) -> str:
    """Where the account's registry answers."""
    return f"{account.settings.id}.{service_host('dkr.ecr', account.settings.region)}"


UPSTREAMS: Mapping[str, str] = {name: name for name in CACHE_PREFIXES} | {"docker.io": "registry-1.docker.io"}
"""Hosts that ECR asks, by the registry's name in references."""
