"""Buckets for artifacts, image blobs and dumps."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import (
    AwsRegion,
    BucketName,
    Cidr,
    Days,
    DnsLabel,
    HttpUrl,
    Quantity,
    Region,
    Resources,
    Settings,
    Tuple,
)


class Bucket(Settings):
    """A bucket that teams or tools use besides the platform's own."""

    name: BucketName
    """Bucket name."""
    versioning: bool = False
    """Keep every version of an object. Nothing deletes old versions but the gateway's root account."""
    namespaces: Tuple[DnsLabel] = Field((), examples=[["team-vision"]])
    """Namespaces whose pods may connect. The keys are the output `object_storage_buckets`."""


class PlatformVersioning(Settings):
    """Which of the platform's own buckets keep every version of an object."""

    tracking: bool = False
    """Artifacts and models."""
    registry: bool = False
    """Image blobs. They are named by their digest, so versions only cost space."""
    backup: bool = False
    """Database dumps."""


class VersityObjectStorage(Settings):
    """Versity S3 Gateway on a volume of the cluster."""

    kind: Literal["versity"]
    """Versity S3 Gateway in the cluster."""
    volume: Quantity
    """Size of the volume that holds the objects."""
    versioning: PlatformVersioning = PlatformVersioning()
    """Which of the platform's own buckets keep every version of an object."""
    buckets: Tuple[Bucket] = ()
    """Buckets besides the platform's own."""
    metrics_exporter: bool = False
    """Run a statsd exporter beside the gateway: the gateway itself only pushes statsd, no Prometheus metrics."""
    resources: Resources
    """Requests and limits of the gateway."""

    @property
    def tracking_bucket(self) -> str:
        """Bucket for artifacts and models."""
        return "tracking"

    @property
    def registry_bucket(self) -> str:
        """Bucket for image blobs."""
        return "registry"

    @property
    def backup_bucket(self) -> str:
        """Bucket for database dumps."""
        return "backup"


class ExternalObjectStorage(Settings):
    """Any S3-compatible endpoint that exists. Its buckets and accounts are its owner's to make.

    Its keys are the encrypted values `groundwork:object_storage_access_key` and `groundwork:object_storage_secret_key`.
    """

    kind: Literal["external"]
    """An S3-compatible endpoint that exists."""
    endpoint: HttpUrl
    """URL of the S3 API."""
    region: Region = "us-east-1"
    """Region that requests are signed for."""
    addresses: Cidr = "0.0.0.0/0"
    """Addresses behind the endpoint's name: the services' NetworkPolicies let them go there and nowhere else."""
    tracking_bucket: BucketName = Field(examples=["ml-artifacts"])
    """Existing bucket for artifacts and models."""
    registry_bucket: BucketName = Field(examples=["ml-images"])
    """Existing bucket for image blobs."""
    backup_bucket: BucketName = Field(examples=["ml-dumps"])
    """Existing bucket for database dumps."""


class Lifecycle(Settings):
    """What becomes of a bucket's objects over the days."""

    move_after: Days | None = Field(None, examples=[30])
    """Days until objects move to a cheaper storage class; none: they stay in S3 Standard."""
    move_to: Literal["infrequent-access", "instant-archive", "intelligent-tiering"] = "intelligent-tiering"
    """Storage class that they move to. All of them answer at once."""
    expire_after: Days | None = Field(None, examples=[400])
    """Days until objects are deleted; none: they stay."""
    keep_versions: Days = Field(examples=[30])
    """Days for which what was overwritten or deleted can be brought back."""


class Lifecycles(Settings):
    """By purpose."""

    artifacts: Lifecycle
    """Artifacts and models."""
    data: Lifecycle
    """Data sets, and the buckets of `buckets`."""
    logs: Lifecycle
    """Who asked for what."""
    backups: Lifecycle
    """Database dumps. `database.backups.keep` says how many there are before the oldest is deleted."""
    registry: Lifecycle
    """Image blobs of a registry in the cluster."""


class S3Client(Settings):
    """The pods of one service account. They get a role of their own, and no key."""

    namespace: DnsLabel = Field(examples=["team-vision"])
    """Namespace of the pods."""
    service_account: DnsLabel = Field(examples=["training"])
    """Their service account."""
    reads: Tuple[DnsLabel] = Field((), examples=[["artifacts"]])
    """Buckets that they read: `artifacts`, `data`, and those of `buckets`."""
    writes: Tuple[DnsLabel] = Field((), examples=[["data"]])
    """Buckets that they read and write: `data`, and those of `buckets`."""


class S3Replication(Settings):
    """Copies in another region of artifacts, data, dumps and the buckets of `buckets`."""

    region: AwsRegion = Field(examples=["eu-west-1"])
    """Where the copies are."""


class S3ObjectStorage(Settings):
    """Buckets on S3, encrypted, private and versioned: `<namespace_prefix>-<stack>-<account>-<purpose>`.

    Purposes are `artifacts`, `data`, `logs`, `backups`, `registry` (where one runs in the cluster), and the names of
    `buckets`.
    """

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",), "cluster": ("eks", "existing_eks")}

    kind: Literal["s3"]
    """Buckets on S3."""
    lifecycle: Lifecycles
    """What becomes of objects over the days."""
    buckets: Tuple[DnsLabel] = Field((), examples=[["vision"]])
    """Purposes of buckets besides the platform's own."""
    clients: Tuple[S3Client] = ()
    """Pods besides the platform's own that use buckets."""
    replication: S3Replication | None = None
    """Copies in another region; none: the buckets are in the account's region alone."""


ObjectStorage = Annotated[VersityObjectStorage | ExternalObjectStorage | S3ObjectStorage, Field(discriminator="kind")]
