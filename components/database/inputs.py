"""What the PostgreSQL database is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components import workload
from components.access import BucketAccess
from components.network import Peer


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """The server's certificate for the DNS names of its Service, its key, and the authority that signed it. PEM."""

    certificate: pulumi.Input[str]
    private_key: pulumi.Input[str]
    ca_certificate: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class RoleArgs:
    """A role's password, and the SCRAM-SHA-256 verifier of the same password, which is all that the server learns."""

    password: pulumi.Input[str]
    verifier: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class ConsumerArgs:
    """A database of the consumer's own, with a role of the same name that owns it."""

    role: RoleArgs
    clients: Sequence[Peer]
    """Whose pods connect. The port is the server's to say."""


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Dumps of every consumer's database, and the way back."""

    bucket: BucketAccess
    schedule: str
    """Cron, UTC."""
    keep: int
    """Dumps kept per database."""
    scratch: str
    """Space for all dumps of one run before they are stored, as a Kubernetes quantity."""
    dump: RoleArgs
    """Reads every consumer's database."""
    restore: RoleArgs
    """Acts as any consumer, in its database alone."""


@dataclass(frozen=True, kw_only=True)
class PostgresqlDatabaseArgs:
    """One PostgreSQL server on one volume."""

    namespace: pulumi.Input[str]
    image: str
    """The official image, or one that keeps its documented contract."""
    tools_image: str
    """An image with Python 3 and boto3, which takes dumps to the bucket and back."""
    volume: str
    """Size of the data volume, as a Kubernetes quantity."""
    storage_class: str | None = None
    resources: workload.ResourcesArgs
    memory: int
    """The server's memory in MiB, from which its caches are sized."""
    superuser: RoleArgs
    certificate: CertificateArgs
    consumers: Mapping[str, ConsumerArgs]
    """By name: lower-case letters, digits and underscores."""
    backup: BackupArgs
