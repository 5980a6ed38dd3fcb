"""What MLflow is told."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components import workload
from components.access import BucketAccess, DatabaseAccess
from components.network import Peer


@dataclass(frozen=True, kw_only=True)
class AdminArgs:
    """The one who may come in by name and password: people under basic auth, and machines always."""

    user: str
    htpasswd: pulumi.Input[str]
    """`user:hash`, bcrypt."""


@dataclass(frozen=True, kw_only=True)
class OidcArgs:
    """Sign-in through an OpenID Connect issuer."""

    image: str
    """oauth2-proxy."""
    issuer: str
    client_id: str
    client_secret: pulumi.Input[str]
    cookie_secret: pulumi.Input[str]
    """32 bytes in base64, URL-safe: encrypts the sessions."""
    email_domains: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class MlflowTrackingArgs:
    """MLflow servers behind authenticating proxies."""

    namespace: pulumi.Input[str]
    image: str
    """The official image with PostgreSQL and S3 drivers (`-full`)."""
    proxy_image: str
    """nginx-unprivileged."""
    replicas: int
    resources: workload.ResourcesArgs
    workers: int
    """Server processes in one pod."""
    scratch: str
    """Space for the artifacts that pass through one pod at a time, as a Kubernetes quantity."""
    database: DatabaseAccess
    bucket: BucketAccess
    admin: AdminArgs
    oidc: OidcArgs | None = None
    encryption_passphrase: pulumi.Input[str]
    """Encrypts the keys of LLM providers that users store in the server. Another one can't read what is stored."""
    hosts: Sequence[str] = ()
    """Public host names, besides the in-cluster ones and localhost."""
    clients: Sequence[Peer] = ()
    """Whose pods connect. The port is the server's to say."""
    scrapers: Sequence[Peer] = ()
    """Who may read the metrics."""
