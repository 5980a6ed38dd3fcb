"""Settings → components: the table of contents of the platform."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import pulumi
import pulumi_kubernetes as k8s

from components import database, object_storage, registry, tracking, workload
from components.access import BucketAccess, Database, ObjectStorage
from components.network import Peer, PlatformNamespace, PlatformNamespaceArgs
from infra.catalog import image
from infra.errors import UserError
from infra.settings import EnvironmentSettings, RootSecret, from_config
from infra.settings.base import Resources, in_bytes, in_millicores
from infra.settings.capabilities import (
    ExistingCluster,
    ExternalObjectStorage,
    HtpasswdAuth,
    OidcAuth,
    VersityObjectStorage,
)
from infra.settings.certificates import server_certificate
from infra.settings.names import CAPABILITIES
from infra.settings.verifiers import htpasswd_line, scram_verifier


def build(environment: str, settings: EnvironmentSettings, secrets: RootSecret) -> None:
    """Declares every resource of one environment. A pure function: it asks no cloud and reads no clock."""
    platform = _platform(environment, settings, secrets)
    storage = _object_storage(platform)
    _registry(platform, storage)
    databases = _database(platform, storage)
    _tracking(platform, storage, databases)


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
        # What was changed by hand becomes again what the settings say.
        enable_patch_force=True,
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
            cidr=settings.addresses,
            buckets={
                consumer: object_storage.ExternalBucketArgs(name=name, **keys) for consumer, name in names.items()
            },
        ),
        platform.opts,
    )


def _versity_object_storage(platform: Platform, settings: VersityObjectStorage) -> object_storage.VersityObjectStorage:
    def bucket(
        name: str, consumer: str, versioning: bool, namespaces: Sequence[pulumi.Input[str]]
    ) -> object_storage.BucketArgs:
        return object_storage.BucketArgs(
            name=name,
            secret_key=platform.secrets.password(f"object-storage/{consumer}"),
            clients=[Peer(namespace=namespace) for namespace in namespaces],
            versioning=versioning,
        )

    at, versioning = platform.namespaces, settings.versioning
    own = {
        "tracking": bucket(settings.tracking_bucket, "tracking", versioning.tracking, [at["tracking"]]),
        "registry": bucket(settings.registry_bucket, "registry", versioning.registry, [at["registry"]]),
        "backup": bucket(settings.backup_bucket, "backup", versioning.backup, [at["database"]]),
    }
    others = {
        other.name: bucket(other.name, other.name, other.versioning, other.namespaces) for other in settings.buckets
    }
    storage = object_storage.VersityObjectStorage(
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
            exporter=object_storage.ExporterArgs(image=image("statsd-exporter")) if settings.metrics_exporter else None,
            scrapers=platform.scrapers,
        ),
        platform.opts,
    )
    pulumi.export(
        "object_storage_buckets",
        {
            consumer: {"bucket": access.bucket, **_keys(access)}
            for consumer, access in storage.buckets.items()
            if consumer in others
        },
    )
    return storage


def _keys(access: BucketAccess) -> dict[str, pulumi.Input[str]]:
    keys = access.credentials
    return {"access_key": keys.access_key, "secret_key": pulumi.Output.secret(keys.secret_key)} if keys else {}


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
    pulumi.export("registry_url", built.url)
    if isinstance(settings.auth, HtpasswdAuth):
        pulumi.export("registry_username", "push")
        pulumi.export("registry_password", pulumi.Output.secret(secrets.password("registry/push")))


def _database(platform: Platform, storage: ObjectStorage) -> Database:
    """PostgreSQL for the platform's services, dumped to the object storage."""
    settings, secrets = platform.settings.database, platform.secrets
    namespace = f"{platform.settings.namespace_prefix}-database"
    names = [f"database.{namespace}{suffix}" for suffix in (".svc", ".svc.cluster.local", "")]
    certificate = server_certificate(secrets, "database", [*names, "database", "localhost"])

    def role(who: str) -> database.RoleArgs:
        credential = f"database/{who}"
        return database.RoleArgs(password=secrets.password(credential), verifier=scram_verifier(secrets, credential))

    built = database.PostgresqlDatabase(
        "database",
        database.PostgresqlDatabaseArgs(
            namespace=platform.namespaces["database"],
            image=image("postgres"),
            tools_image=image("mlflow"),
            volume=settings.volume,
            storage_class=platform.settings.storage_class,
            resources=_resources(settings.resources),
            memory=in_bytes(settings.resources.memory) // 2**20,
            superuser=role("admin"),
            certificate=database.CertificateArgs(
                certificate=certificate.certificate,
                private_key=certificate.private_key,
                ca_certificate=certificate.ca_certificate,
            ),
            consumers={
                consumer: database.ConsumerArgs(
                    role=role(consumer),
                    clients=[
                        Peer(namespace=platform.namespaces[consumer], labels={"app.kubernetes.io/name": consumer})
                    ],
                )
                for consumer in ("tracking",)
            },
            backup=database.BackupArgs(
                bucket=storage.buckets["backup"],
                schedule=settings.backups.schedule,
                keep=settings.backups.keep,
                scratch=settings.backups.scratch,
                dump=role("dump"),
                restore=role("restore"),
            ),
        ),
        platform.opts,
    )
    pulumi.export("database_host", built.host)
    pulumi.export("database_port", built.port)
    return built


def _tracking(platform: Platform, storage: ObjectStorage, databases: Database) -> None:
    """Experiments and the model registry."""
    settings, secrets = platform.settings.tracking, platform.secrets
    user = "groundwork"
    built = tracking.MlflowTracking(
        "tracking",
        tracking.MlflowTrackingArgs(
            namespace=platform.namespaces["tracking"],
            image=image("mlflow"),
            proxy_image=image("nginx"),
            replicas=settings.replicas,
            resources=_resources(settings.resources),
            workers=_workers(settings.resources),
            scratch=settings.scratch,
            database=databases.databases["tracking"],
            bucket=storage.buckets["tracking"],
            admin=tracking.AdminArgs(user=user, htpasswd=htpasswd_line(secrets, "tracking/admin", user)),
            oidc=_oidc(platform, settings.auth) if isinstance(settings.auth, OidcAuth) else None,
            encryption_passphrase=secrets.password("tracking/encryption"),
            hosts=settings.hosts,
            clients=[Peer(namespace=namespace) for namespace in settings.clients],
            scrapers=platform.scrapers,
        ),
        platform.opts,
    )
    pulumi.export("tracking_url", f"https://{settings.hosts[0]}" if settings.hosts else built.url)
    pulumi.export("tracking_username", user)
    pulumi.export("tracking_password", pulumi.Output.secret(secrets.password("tracking/admin")))


def _oidc(platform: Platform, auth: OidcAuth) -> tracking.OidcArgs:
    return tracking.OidcArgs(
        image=image("oauth2-proxy"),
        issuer=auth.issuer,
        client_id=auth.client_id,
        client_secret=platform.secrets.given["tracking_oidc_client_secret"],
        cookie_secret=base64.urlsafe_b64encode(platform.secrets.derive("tracking/session")).decode(),
        email_domains=auth.email_domains,
    )


def _workers(resources: Resources) -> int:
    """One server process a core, and one more that waits; each takes about 400 MiB."""
    cores = -(-in_millicores(resources.cpu_limit) // 1000)
    return max(1, min(cores + 1, in_bytes(resources.memory) // (512 * 2**20)))


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
