"""Container images."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import (
    CacheSecretArn,
    Cidr,
    Cron,
    Days,
    DnsLabel,
    FrozenMap,
    HttpsUrl,
    Pem,
    Replicas,
    RepositoryName,
    Resources,
    Settings,
    Text,
    Tuple,
)


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


Upstream = Literal["quay.io", "registry.k8s.io", "public.ecr.aws", "docker.io", "ghcr.io"]
"""Registries that ECR can cache."""

WITH_CREDENTIALS = ("docker.io", "ghcr.io")
"""Those that ECR asks with an account alone."""


class PullThroughCache(Settings):
    """Images of other registries, kept in ECR once somebody pulled them. The platform's own are pulled from there."""

    upstreams: Annotated[Tuple[Upstream], Field(min_length=1, examples=[["quay.io", "docker.io"]])] = (
        "quay.io",
        "registry.k8s.io",
        "public.ecr.aws",
    )
    """Registries to cache. ECR reads `docker.io` and `ghcr.io` with an account alone: see `credentials`."""
    credentials: FrozenMap[CacheSecretArn] = Field(
        default_factory=dict,
        validate_default=True,
        examples=[
            {"docker.io": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:ecr-pullthroughcache/docker-a1b2c3"}
        ],
    )
    """By registry, the secret in Secrets Manager with `username` and `accessToken`. It is its owner's to make."""


class EcrRegistry(Settings):
    """Amazon ECR. Tags never move, images are scanned when they are pushed, and encrypted under a key of its own.

    Nodes pull by their role. The output `registry_push_policy` is a policy for the roles of pipelines.
    """

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",)}

    kind: Literal["ecr"]
    """Amazon ECR."""
    repositories: Tuple[RepositoryName] = Field((), examples=[["training", "serving/vision"]])
    """Repositories for images of your own; each is named `<namespace_prefix>-<stack>/<name>`."""
    keep_images: Annotated[int, Field(ge=10, le=10_000)] = Field(500, examples=[500])
    """Images kept in a repository. The oldest beyond them are deleted, used or not."""
    keep_untagged: Days = Field(14, examples=[14])
    """Days for which images are kept that no tag names."""
    enhanced_scanning: bool = False
    """Let Amazon Inspector scan the images all the time. Of an account and region, only one environment can say so."""
    pull_through_cache: PullThroughCache | None = None
    """Caches of other registries; none: images are pulled from where they come from."""


Registry = Annotated[DistributionRegistry | EcrRegistry, Field(discriminator="kind")]
