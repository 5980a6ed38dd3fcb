"""What consumers take: the small outputs types that sibling backends share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from components.network import Peer


@dataclass(frozen=True, kw_only=True)
class StaticCredentials:
    """A key pair that the platform minted. Absent where the workload's own identity is enough."""

    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class BucketAccess:
    """How one consumer reaches one bucket, whatever stores it."""

    endpoint: pulumi.Input[str]
    """URL, `http://…` or `https://…`."""
    region: str
    bucket: pulumi.Input[str]
    peers: Sequence[Peer]
    """Where the consumer's NetworkPolicy must let it go: the endpoint, and whoever hands out credentials."""
    credentials: StaticCredentials | None = None


class ObjectStorage(Protocol):
    """What every object storage exposes, whatever stores the objects."""

    endpoint: pulumi.Output[str]
    """URL of the S3 API."""
    buckets: Mapping[str, BucketAccess]
    """By the name of the consumer that each bucket was made for."""


@dataclass(frozen=True, kw_only=True)
class WebService:
    """Where a load balancer finds a service that people open, and how it sees that a pod of it answers."""

    name: str
    """Of the Service."""
    namespace: pulumi.Input[str]
    port: int
    """Of the Service."""
    target_port: int
    """Of its pods."""
    health_path: str
    """Asked without credentials."""
    health_codes: str
    """Status codes of a healthy answer: `200`, `200-399`."""


class Registry(Protocol):
    """What every container registry exposes."""

    url: pulumi.Output[str]
    """`http://…` or `https://…`."""
    peer: Peer
    """Where a client's NetworkPolicy must let it go."""


@dataclass(frozen=True, kw_only=True)
class DatabaseAccess:
    """How one consumer reaches its own database with its own role, over verified TLS."""

    host: pulumi.Input[str]
    port: int
    database: str
    user: str
    password: pulumi.Input[str]
    ca_certificate: pulumi.Input[str]
    """PEM; clients verify the server's name against it."""
    peer: Peer


class Database(Protocol):
    """What every database server exposes, whoever runs it."""

    host: pulumi.Output[str]
    port: int
    databases: Mapping[str, DatabaseAccess]
    """By the name of the consumer that each was made for."""
