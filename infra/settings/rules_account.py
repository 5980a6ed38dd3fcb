"""Rules across the keys of an account's audit, delivery and backups."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import AwsAccount, CloudtrailAudit, OidcDelivery

if TYPE_CHECKING:
    from infra.settings.environment import EnvironmentSettings
    from infra.settings.rules import Broken


def broken_account_rules(settings: "EnvironmentSettings", account: AwsAccount) -> Iterator["Broken"]:
    """What no single key of them can show to be wrong."""
    if settings.audit:
        yield from _audit(settings.audit, account)
    if settings.delivery:
        yield from _delivery(settings.delivery)


def _audit(audit: CloudtrailAudit, account: AwsAccount) -> Iterator["Broken"]:
    if audit.expire_after < audit.lock.days:
        yield ("audit", "expire_after"), "is less than `lock.days`: nothing can be deleted that is still locked"
    if audit.lock.mode == "compliance" and account.protection == "off":
        yield (
            ("audit", "lock", "mode"),
            "is `compliance`, so the bucket can't go before its days are over: `account.protection` must be on",
        )


def _delivery(delivery: OidcDelivery) -> Iterator["Broken"]:
    if not (delivery.github or delivery.gitlab or delivery.circleci):
        yield ("delivery", "kind"), "names no pipelines: add `github`, `gitlab` or `circleci`"
    for key in ("github", "gitlab", "circleci"):
        pipelines = getattr(delivery, key)
        if pipelines is None:
            continue
        if not pipelines.branches and not getattr(pipelines, "environments", ()):
            yield ("delivery", key, "branches"), "is empty: no branch could deploy"
        if pipelines.provider and not pipelines.provider.endswith(f":oidc-provider/{pipelines.address}"):
            yield ("delivery", key, "provider"), f"is for another issuer than `{pipelines.address}`"
