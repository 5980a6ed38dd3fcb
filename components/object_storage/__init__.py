"""Buckets for artifacts, image blobs and dumps."""

from components.object_storage.external import ExternalBucketArgs, ExternalObjectStorage, ExternalObjectStorageArgs
from components.object_storage.versity import BucketArgs, ExporterArgs, VersityObjectStorage, VersityObjectStorageArgs

__all__ = [
    "BucketArgs",
    "ExporterArgs",
    "ExternalBucketArgs",
    "ExternalObjectStorage",
    "ExternalObjectStorageArgs",
    "VersityObjectStorage",
    "VersityObjectStorageArgs",
]
