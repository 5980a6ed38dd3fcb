"""Settings → components: the table of contents of the platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

import pulumi
import pulumi_kubernetes as k8s

from components import object_storage, registry, workload
from components.access import ObjectStorage
from components.network import Peer, PlatformNamespace, PlatformNamespaceArgs
from infra.catalog import image
from infra.errors import UserError
from infra.settings import EnvironmentSettings, RootSecret, from_config
from infra.settings.base import Resources
from infra.settings.capabilities import ExistingCluster, ExternalObjectStorage, HtpasswdAuth, VersityObjectStorage
from infra.settings.names import CAPABILITIES
from infra.settings.verifiers import htpasswd_line

# What a registry pulls for and pushes from by default: nodes and pods have private addresses (RFC 1918).
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def build(environment: str, settings: EnvironmentSettings, secrets: RootSecret) -> None:
    """Declares every resource of one environment. A pure function: it asks no cloud and reads no clock."""
    platform = _platform(environment, settings, secrets)
    storage = _object_storage(platform)
    _registry(platform, storage)


@dataclass(frozen=True)
class Platform:
    """What every capability builds on."""

    settings: EnvironmentSettings
    secrets: RootSecret
    opts: pulumi.ResourceOptions
    namespaces: Mapping[str, pulumi.Output[str]]
    """By capability."""

    @property
    def scrapers(self) -> tuple[Peer, ...]:
        """Who may read metrics."""
        namespace = self.settings.metrics.scraped_from
        return (Peer(namespace=namespace),) if namespace else ()


def _platform(environment: str, settings: EnvironmentSettings, secrets: RootSecret) -> Platform:
    """The cluster's provider, the namespaces, and the mark by which an installation is recognised."""
    context = settings.cluster.context if isinstance(settings.cluster, ExistingCluster) else None
    provider = k8s.Provider(
        "cluster",
        context=context,
        # A kubeconfig may change (its address, its user) while the cluster stays the same.
        cluster_identifier=environment,
        # A run that was cut off between the cluster's commit and its own record goes on.
        upsert_existing_objects=True,
        # Names are fixed, so a changed file is an update. Pods roll by the checksum in their annotations.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )
    opts = pulumi.ResourceOptions(provider=provider)
    namespaces = {
        capability: PlatformNamespace(
            capability, PlatformNamespaceArgs(name=f"{settings.namespace_prefix}-{capability}"), opts
        ).namespace
        for capability in ("system", *CAPABILITIES)
    }
    k8s.core.v1.ConfigMap(
        "groundwork-environment",
        metadata=workload.metadata("groundwork-environment", namespaces["system"], workload.labels("environment")),
        data={"environment": environment, "profile": settings.profile, "version": version("groundwork")},
        opts=opts,
    )
    return Platform(settings, secrets, opts, namespaces)


def _object_storage(platform: Platform) -> ObjectStorage:
    """Buckets for artifacts, image blobs and dumps."""
    settings = platform.settings.object_storage
    storage: ObjectStorage = (
        _external_object_storage(platform, settings)
        if isinstance(settings, ExternalObjectStorage)
        else _versity_object_storage(platform, settings)
    )
    pulumi.export("object_storage_endpoint", storage.endpoint)
    return storage


def _external_object_storage(
    platform: Platform, settings: ExternalObjectStorage
) -> object_storage.ExternalObjectStorage:
    keys = {key: platform.secrets.given[f"object_storage_{key}"] for key in ("access_key", "secret_key")}
    names = {
        "tracking": settings.tracking_bucket,
        "registry": settings.registry_bucket,
        "backup": settings.backup_bucket,
    }
    return object_storage.ExternalObjectStorage(
        "object-storage",
        object_storage.ExternalObjectStorageArgs(
            endpoint=settings.endpoint,
            region=settings.region,
            buckets={
                consumer: object_storage.ExternalBucketArgs(name=name, **keys) for consumer, name in names.items()
            },
        ),
        platform.opts,
    )


def _versity_object_storage(platform: Platform, settings: VersityObjectStorage) -> object_storage.VersityObjectStorage:
    def bucket(name: str, consumer: str, versioning: bool, *clients: str) -> object_storage.BucketArgs:
        return object_storage.BucketArgs(
            name=name,
            secret_key=platform.secrets.password(f"object-storage/{consumer}"),
            clients=[Peer(namespace=platform.namespaces[client]) for client in clients],
            versioning=versioning,
        )

    own = {
        "tracking": bucket(settings.tracking_bucket, "tracking", settings.versioning.tracking, "tracking"),
        "registry": bucket(settings.registry_bucket, "registry", settings.versioning.registry, "registry"),
        "backup": bucket(settings.backup_bucket, "backup", settings.versioning.backup, "database"),
    }
    others = {other.name: bucket(other.name, other.name, other.versioning) for other in settings.buckets}
    return object_storage.VersityObjectStorage(
        "object-storage",
        object_storage.VersityObjectStorageArgs(
            namespace=platform.namespaces["object-storage"],
            image=image("versitygw"),
            tools_image=image("mlflow"),
            volume=settings.volume,
            storage_class=platform.settings.storage_class,
            resources=_resources(settings.resources),
            root_secret_key=platform.secrets.password("object-storage/root"),
            buckets=own | others,
            scrapers=platform.scrapers,
        ),
        platform.opts,
    )


def _registry(platform: Platform, storage: ObjectStorage) -> None:
    """Container images."""
    settings, secrets = platform.settings.registry, platform.secrets
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
            image=image("registry"),
            replicas=settings.replicas,
            resources=_resources(settings.resources),
            bucket=storage.buckets["registry"],
            http_secret=secrets.password("registry/http"),
            auth=auth,
            garbage_collection=registry.GarbageCollectionArgs(schedule=settings.garbage_collection),
            clients=[Peer(cidr=cidr) for cidr in _PRIVATE],
            scrapers=platform.scrapers,
        ),
        platform.opts,
    )
    pulumi.export("registry_url", built.url)
    if isinstance(settings.auth, HtpasswdAuth):
        pulumi.export("registry_username", "push")
        pulumi.export("registry_password", pulumi.Output.secret(secrets.password("registry/push")))


def _resources(resources: Resources) -> workload.ResourcesArgs:
    return workload.ResourcesArgs(cpu=resources.cpu, memory=resources.memory, cpu_limit=resources.cpu_limit)


def main() -> None:
    """What `pulumi up` runs. Bad settings end it with their message alone."""
    stack = pulumi.get_stack()
    try:
        settings, secrets = from_config(pulumi.Config("groundwork"), stack)
    except UserError as error:
        raise pulumi.RunError(str(error)) from None
    build(stack, settings, secrets)
