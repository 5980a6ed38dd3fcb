"""Container images."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import Cron, HttpsUrl, Pem, Replicas, Resources, Settings, Text


class HtpasswdAuth(Settings):
    """One account, `push`, with a derived password."""

    kind: Literal["htpasswd"]
    """An account of the registry's own."""


class TokenAuth(Settings):
    """Tokens of a token server that exists (Docker Registry v2 authentication)."""

    kind: Literal["token"]
    """Tokens of a server that exists."""
    realm: HttpsUrl = Field(examples=["https://tokens.example.com/auth"])
    """Where clients fetch a token."""
    service: Text = Field(examples=["registry.example.com"])
    """Name of this registry at the token server."""
    issuer: Text = Field(examples=["tokens.example.com"])
    """Issuer that tokens must name."""
    root_certificates: Pem
    """Certificates (PEM) that the tokens' signing keys must chain to."""


RegistryAuth = Annotated[HtpasswdAuth | TokenAuth, Field(discriminator="kind")]


class DistributionRegistry(Settings):
    """CNCF Distribution, blobs on the object storage."""

    kind: Literal["distribution"]
    """CNCF Distribution in the cluster."""
    replicas: Replicas
    """Registry pods."""
    auth: RegistryAuth = HtpasswdAuth(kind="htpasswd")
    """Who may push and pull."""
    garbage_collection: Cron = "17 3 * * 0"
    """When unreferenced blobs are deleted (cron, UTC)."""
    resources: Resources
    """Requests and limits of one registry pod."""


Registry = Annotated[DistributionRegistry, Field()]
