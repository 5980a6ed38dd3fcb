"""Rules across keys. Each yields key paths with what is wrong; none sees YAML or a cluster."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.base import Resources, in_bytes, in_millicores
from infra.settings.capabilities import ExternalObjectStorage, OidcAuth, VersityObjectStorage
from infra.settings.names import CREDENTIALS
from infra.settings.shape import value_at
from infra.settings.words import suggestion

if TYPE_CHECKING:
    from infra.settings.environment import EnvironmentSettings

Broken = tuple[tuple[str | int, ...], str]

MEMORY_FLOORS = {"object_storage": "64Mi", "registry": "64Mi", "database": "256Mi", "tracking": "1Gi"}
"""Below these the server is killed while it starts."""


def broken_rules(settings: "EnvironmentSettings") -> Iterator[Broken]:
    """What no single key can show to be wrong."""
    yield from _needs(settings)
    yield from _buckets(settings)
    yield from _repeated(settings)
    yield from _credentials(settings)
    yield from _read_from_terraform(settings)
    if settings.account is not None:
        from infra.settings.rules_aws import broken_aws_rules

        yield from broken_aws_rules(settings, settings.account)
    for capability in MEMORY_FLOORS:
        resources = getattr(getattr(settings, capability), "resources", None)
        if resources is not None:
            yield from _resources(capability, resources)


def _needs(settings: "EnvironmentSettings") -> Iterator[Broken]:
    for key in type(settings).model_fields:
        chosen = getattr(settings, key)
        for capability, kinds in getattr(chosen, "needs", {}).items():
            if getattr(getattr(settings, capability), "kind", None) not in kinds:
                yield (key, "kind"), f"needs `{capability}` of kind {' or '.join(f'`{kind}`' for kind in kinds)}"


def _buckets(settings: "EnvironmentSettings") -> Iterator[Broken]:
    storage = settings.object_storage
    if isinstance(storage, ExternalObjectStorage):
        first: dict[str, str] = {}
        for key in ("tracking_bucket", "registry_bucket", "backup_bucket"):
            name = getattr(storage, key)
            if name in first:
                yield ("object_storage", key), f"must be another bucket than `{first[name]}`"
            first.setdefault(name, key)
    if isinstance(storage, VersityObjectStorage):
        own = (storage.tracking_bucket, storage.registry_bucket, storage.backup_bucket)
        names = [bucket.name for bucket in storage.buckets]
        for index, name in enumerate(names):
            path = ("object_storage", "buckets", index, "name")
            if name in own or f"object-storage/{name}" in CREDENTIALS:
                yield path, "is a name that the platform needs for itself"
            elif name in names[:index]:
                yield path, "is the name of another bucket in this list"


def _repeated(settings: "EnvironmentSettings") -> Iterator[Broken]:
    tracking = settings.tracking
    lists: dict[tuple[str, ...], tuple[str, ...]] = {
        ("tracking", "hosts"): tracking.hosts,
        ("tracking", "clients"): tracking.clients,
    }
    if isinstance(tracking.auth, OidcAuth):
        lists["tracking", "auth", "email_domains"] = tracking.auth.email_domains
        if not settings.tracking_hosts:
            yield (
                ("tracking", "auth", "kind"),
                "needs `tracking.hosts`: the issuer sends people back to the first of them",
            )
    for path, items in lists.items():
        for index, item in enumerate(items):
            if item in items[:index]:
                yield (*path, index), "is already in this list"


def _credentials(settings: "EnvironmentSettings") -> Iterator[Broken]:
    storage = settings.object_storage
    buckets = storage.buckets if isinstance(storage, VersityObjectStorage) else ()
    known = [*CREDENTIALS, *(f"object-storage/{bucket.name}" for bucket in buckets)]
    for name in settings.credential_generations:
        if name not in known:
            yield ("credential_generations", name), f"is no credential of the platform; {suggestion(name, known)}"


def _read_from_terraform(settings: "EnvironmentSettings") -> Iterator[Broken]:
    for name, source in settings.terraform.sources.items():
        for key in source.values:
            if value_at(settings, key) is None:
                yield (
                    ("terraform", "sources", name, "values", key),
                    "is no key with a value here: take this line away, or read the state again",
                )


def _resources(capability: str, resources: Resources) -> Iterator[Broken]:
    path = (capability, "resources")
    if in_millicores(resources.cpu) > in_millicores(resources.cpu_limit):
        yield (*path, "cpu"), "is more than `cpu_limit`"
    floor = MEMORY_FLOORS[capability]
    if in_bytes(resources.memory) < in_bytes(floor):
        yield (*path, "memory"), f"is too little: must be at least {floor}, or the server is killed while it starts"
