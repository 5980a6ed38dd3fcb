"""Rules across the keys of an environment on AWS. Read only where there is an account."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import (
    AwsAccount,
    AwsBudget,
    EcrRegistry,
    EksCluster,
    RdsDatabase,
    S3ObjectStorage,
)
from infra.settings.machines import wrong_region, wrong_zones
from infra.settings.rules_account import broken_account_rules
from infra.settings.rules_database import broken_database_rules
from infra.settings.rules_dns import broken_dns_rules
from infra.settings.rules_eks import broken_eks_rules
from infra.settings.rules_network import broken_network_rules
from infra.settings.rules_registry import broken_registry_rules
from infra.settings.rules_storage import broken_storage_rules

if TYPE_CHECKING:
    from infra.settings.environment import EnvironmentSettings
    from infra.settings.rules import Broken

_ALERTS, _ADDRESSES = 10, 10
"""Of one budget, and of one alert beside a topic (AWS Budgets API reference, CreateBudget)."""


def broken_aws_rules(settings: "EnvironmentSettings", account: AwsAccount) -> Iterator["Broken"]:
    """What no single key of an environment on AWS can show to be wrong."""
    yield from _places(account)
    if settings.network:
        yield from broken_network_rules(settings, settings.network, account)
    if isinstance(settings.object_storage, S3ObjectStorage):
        yield from broken_storage_rules(settings.object_storage, account, settings.namespace_prefix)
    if isinstance(settings.registry, EcrRegistry):
        yield from broken_registry_rules(settings.registry, account)
    if isinstance(settings.cluster, EksCluster):
        yield from broken_eks_rules(settings.cluster, account)
    if isinstance(settings.database, RdsDatabase):
        yield from broken_database_rules(settings.database, account)
    yield from broken_account_rules(settings, account)
    if settings.dns:
        yield from broken_dns_rules(settings, settings.dns, account)
    if settings.budget:
        yield from _budget(settings.budget)


def _places(account: AwsAccount) -> Iterator["Broken"]:
    wrong = wrong_region(account.region)
    if wrong:
        yield ("account", "region"), wrong
    for index, message in wrong_zones(account.region, account.zones):
        yield ("account", "zones", index), message


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
