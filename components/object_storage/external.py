"""Any S3-compatible endpoint that exists: nothing is provisioned, consumers learn where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from components.access import BucketAccess, StaticCredentials
from components.network import Peer


@dataclass(frozen=True, kw_only=True)
class ExternalBucketArgs:
    """An existing bucket, and the existing account that may use it."""

    name: str
    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class ExternalObjectStorageArgs:
    """Where the endpoint is, and which bucket each consumer uses."""

    endpoint: str
    """URL of the S3 API."""
    region: str
    buckets: Mapping[str, ExternalBucketArgs]
    """By consumer."""
    cidr: str = "0.0.0.0/0"
    """Addresses that the endpoint's name resolves to: NetworkPolicies know no names."""


class ExternalObjectStorage(pulumi.ComponentResource):
    """An object storage that somebody else runs. Its buckets and accounts are its owner's to make."""

    endpoint: pulumi.Output[str]
    buckets: Mapping[str, BucketAccess]

    def __init__(self, name: str, args: ExternalObjectStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:ExternalObjectStorage", name, {}, opts)
        self.endpoint = pulumi.Output.from_input(args.endpoint)
        url = urlsplit(args.endpoint)
        peer = Peer(cidr=args.cidr, ports=(url.port or (443 if url.scheme == "https" else 80),))
        self.buckets = {
            consumer: BucketAccess(
                endpoint=self.endpoint,
                region=args.region,
                bucket=bucket.name,
                peers=[peer],
                credentials=StaticCredentials(
                    access_key=bucket.access_key, secret_key=pulumi.Output.secret(bucket.secret_key)
                ),
            )
            for consumer, bucket in args.buckets.items()
        }
        self.register_outputs({"endpoint": self.endpoint})
