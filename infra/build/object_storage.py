"""Object storage: settings → component."""

from collections.abc import Sequence

import pulumi

from components import object_storage
from components.access import BucketAccess, ObjectStorage
from components.network import Peer
from infra.build.platform import Platform, resources
from infra.settings.capabilities import ExternalObjectStorage, S3ObjectStorage, VersityObjectStorage


def declare(platform: Platform) -> ObjectStorage:
    """Buckets for artifacts, image blobs and dumps."""
    settings = platform.settings.object_storage
    storage = _declared(platform, settings)
    pulumi.export("object_storage_endpoint", storage.endpoint)
    return storage


def _declared(
    platform: Platform, settings: VersityObjectStorage | ExternalObjectStorage | S3ObjectStorage
) -> ObjectStorage:
    if isinstance(settings, S3ObjectStorage):
        from infra.build import s3

        return s3.declare(platform, settings)
    if isinstance(settings, ExternalObjectStorage):
        return _external_object_storage(platform, settings)
    return _versity_object_storage(platform, settings)


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
            image=platform.image("versitygw"),
            tools_image=platform.image("mlflow"),
            volume=settings.volume,
            storage_class=platform.storage_class,
            resources=resources(settings.resources),
            root_secret_key=platform.secrets.password("object-storage/root"),
            buckets=own | others,
            exporter=object_storage.ExporterArgs(image=platform.image("statsd-exporter"))
            if settings.metrics_exporter
            else None,
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
