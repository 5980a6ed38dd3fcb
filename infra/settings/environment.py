"""The whole of one environment, as its stack file says it and its profile fills it in."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from infra.settings.base import Form, FrozenMap, Settings
from infra.settings.capabilities import (
    Account,
    Audit,
    AutoCluster,
    Backup,
    Budget,
    Cluster,
    Database,
    Delivery,
    Dns,
    ExternalObjectStorage,
    MachineRootSecret,
    Metrics,
    Network,
    ObjectStorage,
    OidcAuth,
    Registry,
    RootSecretSource,
    Terraform,
    Tracking,
)
from infra.settings.names import CAPABILITIES
from infra.settings.profiles import fill

PREFIX_LENGTH = 63 - max(len(f"-{capability}") for capability in CAPABILITIES)
"""Namespaces are DNS labels (63 characters), and the longest capability's must still fit."""

NamespacePrefix = Annotated[
    str,
    Form(
        rf"^[a-z]([-a-z0-9]{{0,{PREFIX_LENGTH - 2}}}[a-z0-9])?$",
        f"at most {PREFIX_LENGTH} lower-case letters, digits and hyphens (a namespace is named by it)",
        "mlops",
    ),
]
StorageClass = Annotated[str, Form(r"^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$", "the name of a StorageClass", "fast-ssd")]
Generation = Annotated[int, Field(ge=1)]


class EnvironmentSettings(Settings):
    """The object under `groundwork:environment` of a stack file."""

    profile: Literal["small", "medium", "large"] = "small"
    """Replicas, requests, volume sizes and retention in one word; any value here overrides it."""
    namespace_prefix: NamespacePrefix = "mlops"
    """Every namespace of the platform is named `<prefix>-<capability>`."""
    storage_class: StorageClass | None = None
    """StorageClass of every volume; none means the cluster's default."""
    account: Account | None = None
    """AWS account of an environment on AWS; none off AWS."""
    network: Network | None = None
    """Network of an environment on AWS."""
    cluster: Cluster = AutoCluster()
    """Where the platform runs."""
    root_secret: RootSecretSource = MachineRootSecret(kind="machine")
    """Where the secret comes from that all minted credentials derive from."""
    credential_generations: FrozenMap[Generation] = Field(
        default_factory=dict, validate_default=True, examples=[{"tracking/admin": 2}]
    )
    """Generation by credential name (`tracking/admin`); a higher one rotates it."""
    metrics: Metrics = Metrics()
    """Who may read the services' metrics."""
    object_storage: ObjectStorage
    """Buckets for artifacts, image blobs and dumps."""
    registry: Registry
    """Container images."""
    database: Database
    """PostgreSQL for the platform's services."""
    tracking: Tracking
    """Experiments and the model registry."""
    dns: Dns | None = None
    """Names under which people reach an environment on AWS."""
    audit: Audit | None = None
    """Who did what in the account; none: the account's own audit, if it has one."""
    budget: Budget | None = None
    """What an environment on AWS may cost a month."""
    backups: Backup | None = None
    """Copies of what holds data on AWS, beside each database's own; none: there are no others."""
    delivery: Delivery | None = None
    """Roles for the pipelines that preview and deploy; none: they bring credentials of their own."""
    terraform: Terraform = Field(default_factory=Terraform)
    """Values that come from Terraform, and where from."""

    @property
    def tracking_hosts(self) -> tuple[str, ...]:
        """Public host names of the tracking server: as given, or by the domain."""
        given = self.tracking.hosts
        return (f"tracking.{self.dns.domain}",) if self.dns and not given else given

    @property
    def required_secrets(self) -> tuple[str, ...]:
        """Keys of the `groundwork:` namespace that must hold an encrypted value."""
        names = ["root_secret"] if self.root_secret.kind == "config" else []
        if isinstance(self.object_storage, ExternalObjectStorage):
            names += ["object_storage_access_key", "object_storage_secret_key"]
        if isinstance(self.tracking.auth, OidcAuth):
            names += ["tracking_oidc_client_secret"]
        return tuple(names)

    @model_validator(mode="before")
    @classmethod
    def _fill_from_profile(cls, data: Any) -> Any:
        return fill(data)

    @model_validator(mode="after")
    def _hold_rules(self) -> Self:
        from infra.settings.rules import broken_rules

        findings = list(broken_rules(self))
        if findings:
            raise PydanticCustomError("rules", "rules across keys are broken", {"findings": findings})
        return self
