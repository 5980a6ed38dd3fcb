"""Rules across the keys of an environment on AWS. Read only where there is an account."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import AwsAccount, AwsBudget, CloudtrailAudit, Lifecycle, S3ObjectStorage
from infra.settings.capabilities.account import partition
from infra.settings.machines import wrong_region, wrong_zones
from infra.settings.names import BUCKET_PURPOSES
from infra.settings.rules_network import broken_network_rules
from infra.settings.words import suggestion

if TYPE_CHECKING:
    from infra.settings.environment import EnvironmentSettings
    from infra.settings.rules import Broken

_INFREQUENT_DAYS = 30
"""S3 moves nothing younger to infrequent access (S3 user guide, "Lifecycle transition constraints")."""

_ALERTS, _ADDRESSES = 10, 10
"""Of one budget, and of one alert beside a topic (AWS Budgets API reference, CreateBudget)."""


def broken_aws_rules(settings: "EnvironmentSettings", account: AwsAccount) -> Iterator["Broken"]:
    """What no single key of an environment on AWS can show to be wrong."""
    yield from _places(account)
    if settings.network:
        yield from broken_network_rules(settings.network, account)
    storage = settings.object_storage
    if isinstance(storage, S3ObjectStorage):
        yield from _buckets(storage)
        yield from _clients(storage)
        for purpose in type(storage.lifecycle).model_fields:
            yield from _lifecycle(("object_storage", "lifecycle", purpose), getattr(storage.lifecycle, purpose))
        if storage.replication:
            yield from _replication(storage.replication.region, account)
    if settings.audit:
        yield from _audit(settings.audit, account)
    if settings.budget:
        yield from _budget(settings.budget)


def _places(account: AwsAccount) -> Iterator["Broken"]:
    wrong = wrong_region(account.region)
    if wrong:
        yield ("account", "region"), wrong
    for index, message in wrong_zones(account.region, account.zones):
        yield ("account", "zones", index), message


def _buckets(storage: S3ObjectStorage) -> Iterator["Broken"]:
    for index, name in enumerate(storage.buckets):
        path = ("object_storage", "buckets", index)
        if name in BUCKET_PURPOSES or name.endswith("-replica"):
            yield path, "is a name that the platform needs for itself"
        elif name in storage.buckets[:index]:
            yield path, "is already in this list"


def _clients(storage: S3ObjectStorage) -> Iterator["Broken"]:
    seen: set[tuple[str, str]] = set()
    allowed = {"reads": ("artifacts", "data", *storage.buckets), "writes": ("data", *storage.buckets)}
    for index, client in enumerate(storage.clients):
        path = ("object_storage", "clients", index)
        pods = (client.namespace, client.service_account)
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


def _audit(audit: CloudtrailAudit, account: AwsAccount) -> Iterator["Broken"]:
    if audit.expire_after < audit.lock.days:
        yield ("audit", "expire_after"), "is less than `lock.days`: nothing can be deleted that is still locked"
    if audit.lock.mode == "compliance" and account.protection == "off":
        yield (
            ("audit", "lock", "mode"),
            "is `compliance`, so the bucket can't go before its days are over: `account.protection` must be on",
        )


def _budget(budget: AwsBudget) -> Iterator["Broken"]:
    if not budget.emails and not budget.topic:
        yield ("budget",), "alerts nobody: name `emails`, or say `topic: true`"
    alerts = len(budget.actual) + len(budget.forecast)
    if not alerts:
        yield ("budget",), "never alerts: give percentages in `actual` or `forecast`"
    elif alerts > _ALERTS:
        yield ("budget",), f"has {alerts} alerts in `actual` and `forecast`: AWS takes {_ALERTS}"
    if len(budget.emails) > _ADDRESSES:
        yield ("budget", "emails"), f"has {len(budget.emails)} addresses: AWS takes {_ADDRESSES}"
    for key in ("actual", "forecast", "emails"):
        items = getattr(budget, key)
        for index, item in enumerate(items):
            if item in items[:index]:
                yield ("budget", key, index), "is already in this list"
