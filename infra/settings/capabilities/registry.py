"""Container images."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import Cidr, Cron, DnsLabel, HttpsUrl, Pem, Replicas, Resources, Settings, Text, Tuple


class HtpasswdAuth(Settings):
    """One account, `push`, with a derived password. It may push, pull and delete: only tokens have finer rights."""

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
    """When unreferenced blobs are deleted (cron, UTC). At a quiet hour: an image pushed meanwhile may lose layers."""
    delete_untagged: bool = False
    """Delete manifests that no tag names as well, and with them images that are pulled by digest alone."""
    tls_secret: DnsLabel | None = Field(None, examples=["registry-tls"])
    """Existing Secret (`tls.crt`, `tls.key`) in the registry's namespace; none means HTTP, for an ingress with TLS."""
    allowed_addresses: Tuple[Cidr] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    """Addresses that may connect: nodes that pull, ingress, build machines. Every request is still authenticated."""
    allowed_namespaces: Tuple[DnsLabel] = Field((), examples=[["ci"]])
    """Namespaces whose pods may connect."""
    resources: Resources
    """Requests and limits of one registry pod."""


Registry = Annotated[DistributionRegistry, Field()]
