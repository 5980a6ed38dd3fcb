"""Rules across the keys of buckets on S3."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import AwsAccount, Lifecycle, S3ObjectStorage
from infra.settings.capabilities.account import partition
from infra.settings.machines import wrong_region
from infra.settings.names import BUCKET_PURPOSES, CAPABILITIES
from infra.settings.words import suggestion

if TYPE_CHECKING:
    from infra.settings.rules import Broken

_INFREQUENT_DAYS = 30
"""S3 moves nothing younger to infrequent access (S3 user guide, "Lifecycle transition constraints")."""


def broken_storage_rules(storage: S3ObjectStorage, account: AwsAccount, prefix: str) -> Iterator["Broken"]:
    """What no single key of the object storage can show to be wrong."""
    yield from _buckets(storage)
    yield from _clients(storage, prefix)
    for purpose in type(storage.lifecycle).model_fields:
        yield from _lifecycle(("object_storage", "lifecycle", purpose), getattr(storage.lifecycle, purpose))
    if storage.replication:
        yield from _replication(storage.replication.region, account)


def _buckets(storage: S3ObjectStorage) -> Iterator["Broken"]:
    for index, name in enumerate(storage.buckets):
        path = ("object_storage", "buckets", index)
        if name in BUCKET_PURPOSES or name.endswith("-replica"):
            yield path, "is a name that the platform needs for itself"
        elif name in storage.buckets[:index]:
            yield path, "is already in this list"


def _clients(storage: S3ObjectStorage, prefix: str) -> Iterator["Broken"]:
    platforms = [f"{prefix}-{capability}" for capability in CAPABILITIES]
    seen: set[tuple[str, str]] = set()
    allowed = {"reads": ("artifacts", "data", *storage.buckets), "writes": ("data", *storage.buckets)}
    for index, client in enumerate(storage.clients):
        path = ("object_storage", "clients", index)
        pods = (client.namespace, client.service_account)
        if client.namespace in platforms:
            yield (*path, "namespace"), "is the platform's own: its pods have their roles already"
        if pods in seen:
            yield (*path, "service_account"), "is already in this list: one entry names all buckets of these pods"
        seen.add(pods)
        if not client.reads and not client.writes:
            yield path, "uses no bucket: name one in `reads` or `writes`"
        for key, known in allowed.items():
            for at, name in enumerate(getattr(client, key)):
                if name not in known:
                    yield (*path, key, at), f"is no bucket here; {suggestion(name, known)}"


def _lifecycle(path: tuple[str, ...], lifecycle: Lifecycle) -> Iterator["Broken"]:
    moves, expires = lifecycle.move_after, lifecycle.expire_after
    if moves is None:
        return
    if lifecycle.move_to == "infrequent-access" and moves < _INFREQUENT_DAYS:
        yield (*path, "move_after"), f"must be at least {_INFREQUENT_DAYS} for `infrequent-access`"
    if expires is not None and expires <= moves:
        yield (*path, "expire_after"), "must be more than `move_after`, or nothing ever moves"


def _replication(region: str, account: AwsAccount) -> Iterator["Broken"]:
    path = ("object_storage", "replication", "region")
    wrong = wrong_region(region)
    if wrong:
        yield path, wrong
    elif region == account.region:
        yield path, "is the account's own region: copies must be in another"
    elif partition(region) != account.partition:
        yield path, f"is out of reach from {account.region}: S3 copies only within one partition"
