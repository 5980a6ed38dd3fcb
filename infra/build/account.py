"""The AWS account: its provider, and what everything in it shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from infra.settings import EnvironmentSettings
from infra.settings.capabilities import AwsAccount


@dataclass(frozen=True)
class Account:
    """What every AWS resource of an environment builds on."""

    name: str
    """`<namespace_prefix>-<environment>`: what names that outsiders see begin with (cluster, buckets, repositories)."""
    settings: AwsAccount
    tags: Mapping[str, str]
    """On everything that takes tags."""
    opts: pulumi.ResourceOptions
    _elsewhere: dict[str, pulumi.ResourceOptions] = field(default_factory=dict, repr=False, compare=False)

    def in_region(self, region: str) -> pulumi.ResourceOptions:
        """The same account in another region."""
        if region not in self._elsewhere:
            self._elsewhere[region] = _provider(f"account-{region}", region, self.settings.id, self.tags)
        return self._elsewhere[region]

    @property
    def protect(self) -> bool:
        """Whether what holds data is protected and retained."""
        return self.settings.protection == "on"


def account(environment: str, settings: EnvironmentSettings) -> Account | None:
    """The account by its provider, which refuses any other one; none off AWS."""
    if settings.account is None:
        return None
    tags = {**settings.account.tags, "groundwork:environment": environment, "groundwork:managed-by": "pulumi"}
    opts = _provider("account", settings.account.region, settings.account.id, tags)
    return Account(f"{settings.namespace_prefix}-{environment}", settings.account, tags, opts)


def _provider(name: str, region: str, account_id: str, tags: Mapping[str, str]) -> pulumi.ResourceOptions:
    # Off AWS its SDK is never loaded.
    import pulumi_aws as aws

    provider = aws.Provider(
        name,
        region=region,
        allowed_account_ids=[account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=dict(tags)),
    )
    return pulumi.ResourceOptions(provider=provider)
