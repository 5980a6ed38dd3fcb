"""The whole of one environment, as its stack file says it and its profile fills it in."""

from typing import Any, Literal

from pydantic import Field, model_validator

from infra.settings.base import DnsLabel, Settings
from infra.settings.capabilities import (
    AutoCluster,
    Cluster,
    Database,
    MachineRootSecret,
    ObjectStorage,
    Registry,
    RootSecretSource,
    Tracking,
)
from infra.settings.profiles import fill


class EnvironmentSettings(Settings):
    """The object under `groundwork:environment` of a stack file."""

    profile: Literal["small", "medium", "large"] = "small"
    """Replicas, requests, volume sizes and retention in one word; any value here overrides it."""
    namespace_prefix: DnsLabel = "mlops"
    """Every namespace of the platform is named `<prefix>-<capability>`."""
    storage_class: str | None = None
    """StorageClass of every volume; none means the cluster's default."""
    cluster: Cluster = AutoCluster()
    """Where the platform runs."""
    root_secret: RootSecretSource = MachineRootSecret(kind="machine")
    """Where the secret comes from that all minted credentials derive from."""
    credential_generations: dict[str, int] = Field(default_factory=dict)
    """Generation by credential name (`tracking/admin`); a higher one rotates it."""
    object_storage: ObjectStorage
    """Buckets for artifacts, image blobs and dumps."""
    registry: Registry
    """Container images."""
    database: Database
    """PostgreSQL for the platform's services."""
    tracking: Tracking
    """Experiments and the model registry."""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_profile(cls, data: Any) -> Any:
        return fill(data)
