"""The AWS account: its provider, and what everything in it shares."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.settings import EnvironmentSettings
from infra.settings.capabilities import AwsAccount


@dataclass(frozen=True)
class Account:
    """What every AWS resource of an environment builds on."""

    name: str
    """`<namespace_prefix>-<environment>`: what names that outsiders see begin with (cluster, buckets, repositories)."""
    settings: AwsAccount
    opts: pulumi.ResourceOptions

    @property
    def protect(self) -> bool:
        """Whether what holds data is protected and retained."""
        return self.settings.protection == "on"


def account(environment: str, settings: EnvironmentSettings) -> Account | None:
    """The one AWS provider of the environment, which refuses any other account; none off AWS."""
    if settings.account is None:
        return None
    provider = aws.Provider(
        "account",
        region=settings.account.region,
        allowed_account_ids=[settings.account.id],
        default_tags=aws.ProviderDefaultTagsArgs(
            tags={
                **settings.account.tags,
                "groundwork:environment": environment,
                "groundwork:managed-by": "pulumi",
            }
        ),
    )
    name = f"{settings.namespace_prefix}-{environment}"
    return Account(name, settings.account, pulumi.ResourceOptions(provider=provider))
