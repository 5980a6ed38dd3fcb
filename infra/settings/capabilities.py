"""One model per capability and backend, told apart by `kind`."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import Cron, DnsLabel, Quantity, Replicas, Resources, Settings


class AutoCluster(Settings):
    """A local control plane: `kind` where Docker runs, otherwise `simulated`."""

    kind: Literal["auto"] = "auto"


class KindCluster(Settings):
    """kind on Docker: real pods."""

    kind: Literal["kind"]


class SimulatedCluster(Settings):
    """A real API server with simulated nodes: containers do not run."""

    kind: Literal["simulated"]


class ExistingCluster(Settings):
    """Any cluster that is already there, by kube context. Groundwork never starts or stops it."""

    kind: Literal["existing"]
    context: str
    """The kube context to use."""


Cluster = Annotated[AutoCluster | KindCluster | SimulatedCluster | ExistingCluster, Field(discriminator="kind")]


class MachineRootSecret(Settings):
    """The root secret is made on this machine and stays there (a file of mode 0600): for throwaway environments."""

    kind: Literal["machine"]


class ConfigRootSecret(Settings):
    """The root secret is an encrypted value in this file: `pulumi config set --secret groundwork:root_secret`."""

    kind: Literal["config"]


RootSecretSource = Annotated[MachineRootSecret | ConfigRootSecret, Field(discriminator="kind")]


class Bucket(Settings):
    """A bucket that teams or tools use besides the platform's own."""

    name: DnsLabel
    """Bucket name."""
    versioning: bool = False
    """Keep every version of an object."""


class VersityObjectStorage(Settings):
    """Versity S3 Gateway on a volume of the cluster."""

    kind: Literal["versity"]
    volume: Quantity
    """Size of the volume that holds the objects."""
    buckets: tuple[Bucket, ...] = ()
    """Buckets besides the platform's own."""
    resources: Resources
    """Requests and limits of the gateway."""


class ExternalObjectStorage(Settings):
    """Any S3-compatible endpoint that exists. Its buckets and accounts are its owner's to make."""

    kind: Literal["external"]
    endpoint: str
    """URL of the S3 API."""
    region: str = "us-east-1"
    """Region that requests are signed for."""
    tracking_bucket: str
    """Existing bucket for artifacts and models."""
    registry_bucket: str
    """Existing bucket for image blobs."""
    backup_bucket: str
    """Existing bucket for database dumps."""


ObjectStorage = Annotated[VersityObjectStorage | ExternalObjectStorage, Field(discriminator="kind")]


class DistributionRegistry(Settings):
    """CNCF Distribution, blobs on the object storage."""

    kind: Literal["distribution"]
    replicas: Replicas
    """Registry pods."""
    garbage_collection: Cron = "17 3 * * 0"
    """When unreferenced blobs are deleted (cron, UTC)."""
    resources: Resources
    """Requests and limits of one registry pod."""


Registry = Annotated[DistributionRegistry, Field()]


class Backups(Settings):
    """Scheduled dumps to the object storage."""

    schedule: Cron = "23 1 * * *"
    """When dumps are taken (cron, UTC)."""
    keep: Annotated[int, Field(ge=1, le=365)] = 7
    """Dumps kept per database."""


class PostgresqlDatabase(Settings):
    """PostgreSQL in the cluster."""

    kind: Literal["postgresql"]
    volume: Quantity
    """Size of the data volume."""
    backups: Backups = Backups()
    """Dumps: when, and how many are kept."""
    resources: Resources
    """Requests and limits of the server."""


Database = Annotated[PostgresqlDatabase, Field()]


class BasicAuth(Settings):
    """One administrator, with a derived password."""

    kind: Literal["basic"]


class OidcAuth(Settings):
    """Sign-in through an OpenID Connect issuer."""

    kind: Literal["oidc"]
    issuer: str
    """Issuer URL."""
    client_id: str
    """OAuth client."""
    email_domains: tuple[str, ...]
    """Whose addresses may sign in."""


Auth = Annotated[BasicAuth | OidcAuth, Field(discriminator="kind")]


class MlflowTracking(Settings):
    """MLflow: tracking server and model registry behind an authenticating proxy."""

    kind: Literal["mlflow"]
    replicas: Replicas
    """Server pods."""
    auth: Auth = BasicAuth(kind="basic")
    """Who may come in."""
    hosts: tuple[str, ...] = ()
    """Public host names by which the server may be addressed, besides its in-cluster name and localhost."""
    resources: Resources
    """Requests and limits of one server pod."""


Tracking = Annotated[MlflowTracking, Field()]
