"""Object storage on S3: settings → component."""

from collections.abc import Mapping

import pulumi

from components.aws import LifecycleArgs
from components.object_storage.replication import ReplicaArgs, S3Replicas, S3ReplicasArgs
from components.object_storage.s3 import S3BucketArgs, S3ClientArgs, S3ObjectStorage, S3ObjectStorageArgs
from infra.build.account import Account
from infra.build.platform import Platform
from infra.settings import capabilities
from infra.settings.capabilities import Lifecycle
from infra.settings.capabilities.account import service_host

_CLASSES = {
    "infrequent-access": "STANDARD_IA",
    "instant-archive": "GLACIER_IR",
    "intelligent-tiering": "INTELLIGENT_TIERING",
}


def declare(platform: Platform, settings: capabilities.S3ObjectStorage) -> S3ObjectStorage:
    """The platform's buckets, and those that settings add."""
    account = platform.aws
    lifecycles = settings.lifecycle
    purposes = {
        "tracking": ("artifacts", lifecycles.artifacts),
        "backup": ("backups", lifecycles.backups),
        "data": ("data", lifecycles.data),
        **{name: (name, lifecycles.data) for name in settings.buckets},
    }
    replicas = _replicas(account, settings, purposes)
    if _has_registry(platform):
        # Not replicated: images are built anew, or pulled from where they came from.
        purposes["registry"] = ("registry", lifecycles.registry)
    storage = S3ObjectStorage(
        "object-storage",
        S3ObjectStorageArgs(
            name=account.name,
            account=account.settings.id,
            region=account.settings.region,
            host=service_host("s3", account.settings.region),
            partition=account.settings.partition,
            cluster=platform.aws_cluster.name,
            buckets={
                consumer: S3BucketArgs(
                    name=_name(account, purpose), lifecycle=_lifecycle(lifecycle), replica=replicas.get(consumer)
                )
                for consumer, (purpose, lifecycle) in purposes.items()
            },
            clients=_clients(platform, settings),
            logs=S3BucketArgs(name=_name(account, "logs"), lifecycle=_lifecycle(lifecycles.logs)),
            permission_boundary=account.settings.permission_boundary,
            protect=account.protect,
        ),
        account.opts,
    )
    pulumi.export(
        "object_storage_buckets",
        {purpose: {"bucket": storage.buckets[consumer].bucket} for consumer, (purpose, _) in purposes.items()},
    )
    return storage


def _clients(platform: Platform, settings: capabilities.S3ObjectStorage) -> dict[str, S3ClientArgs]:
    """The platform's own, by their fixed service accounts, and those that settings add."""
    own = {
        "tracking": S3ClientArgs(
            namespace=platform.namespaces["tracking"], service_account="tracking", writes=["tracking"]
        )
    }
    if isinstance(platform.settings.database, capabilities.PostgresqlDatabase):
        at = platform.namespaces["database"]
        own |= {
            "database-dump": S3ClientArgs(namespace=at, service_account="database-dump", writes=["backup"]),
            "database-restore": S3ClientArgs(namespace=at, service_account="database-restore", reads=["backup"]),
        }
    if _has_registry(platform):
        own |= {
            name: S3ClientArgs(
                namespace=platform.namespaces["registry"], service_account=name, writes=["registry"], sends_acl=True
            )
            for name in ("registry", "registry-garbage-collection")
        }
    consumers = {"artifacts": "tracking"}
    others = {
        f"{client.namespace}-{client.service_account}": S3ClientArgs(
            namespace=client.namespace,
            service_account=client.service_account,
            reads=[consumers.get(name, name) for name in client.reads if name not in client.writes],
            writes=client.writes,
        )
        for client in settings.clients
    }
    return own | others


def _replicas(
    account: Account, settings: capabilities.S3ObjectStorage, purposes: Mapping[str, tuple[str, Lifecycle]]
) -> Mapping[str, ReplicaArgs]:
    if settings.replication is None:
        return {}
    region = settings.replication.region
    return S3Replicas(
        "object-storage-replicas",
        S3ReplicasArgs(
            name=account.name,
            account=account.settings.id,
            partition=account.settings.partition,
            host=service_host("s3", region),
            buckets={
                consumer: (_name(account, f"{purpose}-replica"), _lifecycle(lifecycle))
                for consumer, (purpose, lifecycle) in purposes.items()
            },
            protect=account.protect,
        ),
        account.in_region(region),
    ).replicas


def _has_registry(platform: Platform) -> bool:
    return isinstance(platform.settings.registry, capabilities.DistributionRegistry)


def _name(account: Account, purpose: str) -> str:
    return f"{account.name}-{account.settings.id}-{purpose}"


def _lifecycle(lifecycle: Lifecycle) -> LifecycleArgs:
    return LifecycleArgs(
        move_after=lifecycle.move_after,
        move_to=_CLASSES[lifecycle.move_to],
        expire_after=lifecycle.expire_after,
        keep_versions=lifecycle.keep_versions,
    )
