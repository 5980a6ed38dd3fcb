"""Budget: settings → component."""

import pulumi

from infra.build.account import Account
from infra.settings import EnvironmentSettings


def declare(environment: str, settings: EnvironmentSettings, account: Account | None) -> None:
    """A monthly budget on AWS, where settings have one."""
    wanted = settings.budget
    if wanted is None or account is None:
        return
    from components import budget

    built = budget.CostBudget(
        "budget",
        budget.CostBudgetArgs(
            label=account.name,
            monthly_usd=wanted.monthly_usd,
            tag=("groundwork:environment", environment) if wanted.scope == "environment" else None,
            actual=wanted.actual,
            forecast=wanted.forecast,
            emails=wanted.emails,
            topic=wanted.topic,
            activated_tags=tuple(account.tags) if wanted.activate_tags else (),
            account=account.settings.id,
            partition=account.settings.partition,
            protect=account.protect,
        ),
        account.opts,
    )
    if built.topic_arn:
        pulumi.export("budget_topic_arn", built.topic_arn)
