"""Database: settings → component."""

from typing import TYPE_CHECKING

import pulumi

from components import database
from components.access import Database, ObjectStorage
from components.network import Peer
from infra.build.platform import Platform, resources
from infra.settings.base import in_bytes
from infra.settings.capabilities import PostgresqlDatabase, RdsDatabase
from infra.settings.certificates import server_certificate
from infra.settings.verifiers import scram_verifier

if TYPE_CHECKING:
    from components.vpc import Network

_CONSUMERS = ("tracking",)


def declare(platform: Platform, storage: ObjectStorage, network: "Network | None") -> Database:
    """PostgreSQL for the platform's services."""
    settings = platform.settings.database
    built: Database
    if isinstance(settings, RdsDatabase):
        from infra.build import rds

        assert network is not None  # noqa: S101 - the settings' rules say so
        consumers = {consumer: _role(platform, consumer) for consumer in _CONSUMERS}
        built = rds.declare(platform, settings, network, consumers)
    else:
        built = _postgresql(platform, settings, storage)
    pulumi.export("database_host", built.host)
    pulumi.export("database_port", built.port)
    return built


def _role(platform: Platform, who: str) -> database.RoleArgs:
    credential = f"database/{who}"
    return database.RoleArgs(
        password=platform.secrets.password(credential), verifier=scram_verifier(platform.secrets, credential)
    )


def _postgresql(
    platform: Platform, settings: PostgresqlDatabase, storage: ObjectStorage
) -> database.PostgresqlDatabase:
    """In the cluster, dumped to the object storage."""
    secrets = platform.secrets
    namespace = f"{platform.settings.namespace_prefix}-database"
    names = [f"database.{namespace}{suffix}" for suffix in (".svc", ".svc.cluster.local", "")]
    certificate = server_certificate(secrets, "database", [*names, "database", "localhost"])

    return database.PostgresqlDatabase(
        "database",
        database.PostgresqlDatabaseArgs(
            namespace=platform.namespaces["database"],
            image=platform.image("postgres"),
            tools_image=platform.image("mlflow"),
            volume=settings.volume,
            storage_class=platform.storage_class,
            resources=resources(settings.resources),
            memory=in_bytes(settings.resources.memory) // 2**20,
            superuser=_role(platform, "admin"),
            certificate=database.CertificateArgs(
                certificate=certificate.certificate,
                private_key=certificate.private_key,
                ca_certificate=certificate.ca_certificate,
            ),
            consumers={
                consumer: database.ConsumerArgs(
                    role=_role(platform, consumer),
                    clients=[
                        Peer(namespace=platform.namespaces[consumer], labels={"app.kubernetes.io/name": consumer})
                    ],
                )
                for consumer in _CONSUMERS
            },
            backup=database.BackupArgs(
                bucket=storage.buckets["backup"],
                schedule=settings.backups.schedule,
                keep=settings.backups.keep,
                scratch=settings.backups.scratch,
                dump=_role(platform, "dump"),
                restore=_role(platform, "restore"),
            ),
        ),
        platform.opts,
    )
