"""Database: settings → component."""

import pulumi

from components import database
from components.access import Database, ObjectStorage
from components.network import Peer
from infra.build.platform import Platform, resources
from infra.settings.base import in_bytes
from infra.settings.certificates import server_certificate
from infra.settings.verifiers import scram_verifier


def declare(platform: Platform, storage: ObjectStorage) -> Database:
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
            image=platform.image("postgres"),
            tools_image=platform.image("mlflow"),
            volume=settings.volume,
            storage_class=platform.storage_class,
            resources=resources(settings.resources),
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
