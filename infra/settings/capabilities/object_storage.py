"""Buckets for artifacts, image blobs and dumps."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import BucketName, Cidr, DnsLabel, HttpUrl, Quantity, Region, Resources, Settings, Tuple


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


ObjectStorage = Annotated[VersityObjectStorage | ExternalObjectStorage, Field(discriminator="kind")]
