"""Container registry: settings → component."""

import pulumi

from components import registry
from components.access import ObjectStorage, Registry
from components.network import Peer
from infra.build.platform import Platform, resources
from infra.settings.capabilities import DistributionRegistry, EcrRegistry, HtpasswdAuth
from infra.settings.verifiers import htpasswd_line


def declare(platform: Platform, storage: ObjectStorage) -> Registry:
    """Container images."""
    settings = platform.settings.registry
    built: Registry
    if isinstance(settings, EcrRegistry):
        from infra.build import ecr

        built = ecr.declare(platform.aws, settings)
    else:
        built = _distribution(platform, settings, storage)
    pulumi.export("registry_url", built.url)
    return built


def _distribution(
    platform: Platform, settings: DistributionRegistry, storage: ObjectStorage
) -> registry.DistributionRegistry:
    secrets = platform.secrets
    auth: registry.HtpasswdArgs | registry.TokenArgs
    if isinstance(settings.auth, HtpasswdAuth):
        auth = registry.HtpasswdArgs(lines=htpasswd_line(secrets, "registry/push", "push"))
    else:
        auth = registry.TokenArgs(
            realm=settings.auth.realm,
            service=settings.auth.service,
            issuer=settings.auth.issuer,
            root_certificates=settings.auth.root_certificates,
        )
    built = registry.DistributionRegistry(
        "registry",
        registry.DistributionRegistryArgs(
            namespace=platform.namespaces["registry"],
            image=platform.image("registry"),
            replicas=settings.replicas,
            resources=resources(settings.resources),
            bucket=storage.buckets["registry"],
            http_secret=secrets.password("registry/http"),
            auth=auth,
            garbage_collection=registry.GarbageCollectionArgs(
                schedule=settings.garbage_collection, delete_untagged=settings.delete_untagged
            ),
            tls_secret=settings.tls_secret,
            clients=[
                *(Peer(cidr=addresses) for addresses in settings.allowed_addresses),
                *(Peer(namespace=namespace) for namespace in settings.allowed_namespaces),
            ],
            scrapers=platform.scrapers,
        ),
        platform.opts,
    )
    if isinstance(settings.auth, HtpasswdAuth):
        pulumi.export("registry_username", "push")
        pulumi.export("registry_password", pulumi.Output.secret(secrets.password("registry/push")))
    return built
