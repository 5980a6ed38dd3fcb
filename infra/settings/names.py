"""Names that settings refer to, each list in one place."""

CAPABILITIES: tuple[str, ...] = ("object-storage", "registry", "database", "tracking")
"""Each has the namespace `<namespace_prefix>-<capability>`."""

CREDENTIALS: tuple[str, ...] = (
    "object-storage/root",
    "object-storage/tracking",
    "object-storage/registry",
    "object-storage/backup",
    "registry/push",
    "registry/http",
    "database/admin",
    "database/tracking",
    "database/dump",
    "database/restore",
    "database/ca",
    "database/server",
    "tracking/admin",
    "tracking/encryption",
    "tracking/session",
)
"""Credentials that the platform derives, beside `object-storage/<bucket>` of every bucket that settings add."""

BUCKET_PURPOSES: tuple[str, ...] = (
    "artifacts",
    "data",
    "logs",
    "backups",
    "registry",
    "tracking",
    "backup",
    "audit",
    "config",
)
"""Names that no bucket beside the platform's own can have."""

CACHE_PREFIXES: dict[str, str] = {
    "quay.io": "quay",
    "registry.k8s.io": "k8s",
    "public.ecr.aws": "ecr-public",
    "docker.io": "docker-hub",
    "ghcr.io": "github",
}
"""What the names of repositories begin with, after the environment's, that cache another registry."""

SECRETS: dict[str, str] = {
    "root_secret": "what all minted credentials derive from; 32 characters or more: `openssl rand -hex 32`",
    "object_storage_access_key": "access key of the external object storage",
    "object_storage_secret_key": "secret key of the external object storage",
    "tracking_oidc_client_secret": "secret of the tracking server's OAuth client",
}
"""Encrypted values of the `groundwork:` namespace, and what each is."""
