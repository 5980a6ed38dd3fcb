"""A monthly budget with alerts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import AlertTopic, AlertTopicArgs


@dataclass(frozen=True, kw_only=True)
class CostBudgetArgs:
    """How much, and who hears of it when."""

    label: str
    """The budget's name."""
    monthly_usd: int
    actual: Sequence[int]
    """Percentages of the budget that alert when they are spent."""
    forecast: Sequence[int]
    """Percentages that alert when AWS expects them to be spent by the month's end."""
    emails: Sequence[str]
    account: str
    tag: tuple[str, str] | None = None
    """Key and value of the cost-allocation tag whose costs count; none: all of the account's."""
    topic: bool = False
    """Whether alerts also go to an SNS topic."""
    activated_tags: Sequence[str] = ()
    """Keys to make cost-allocation tags of. Only a management account can."""
    partition: str = "aws"
    protect: bool = True
    """Whether the key of the topic is protected."""


class CostBudget(pulumi.ComponentResource):
    """Alerts by mail, or by a topic, before money is spent and after. It stops nothing."""

    topic_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: CostBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:CostBudget", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.topic_arn = None
        if args.topic:
            self.topic_arn = AlertTopic(
                f"{name}-alerts",
                AlertTopicArgs(
                    name=f"{args.label}-budget",
                    description=f"Budget alerts of {args.label}",
                    service="budgets.amazonaws.com",
                    # Cost Management user guide, "Creating an Amazon SNS topic for budget notifications".
                    conditions={
                        "StringEquals": {"aws:SourceAccount": args.account},
                        "ArnLike": {"aws:SourceArn": f"arn:{args.partition}:budgets::{args.account}:*"},
                    },
                    account=args.account,
                    partition=args.partition,
                    protect=args.protect,
                ),
                child,
            ).arn
        aws.budgets.Budget(
            name,
            name=args.label,
            account_id=args.account,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.monthly_usd),
            limit_unit="USD",
            # What is used counts, also while credits pay for it.
            cost_types=aws.budgets.BudgetCostTypesArgs(include_credit=False, include_refund=False),
            cost_filters=_tagged(*args.tag) if args.tag else None,
            notifications=[
                *(_alert("ACTUAL", percent, args, self.topic_arn) for percent in args.actual),
                *(_alert("FORECASTED", percent, args, self.topic_arn) for percent in args.forecast),
            ],
            opts=child,
        )
        for key in args.activated_tags:
            aws.costexplorer.CostAllocationTag(f"{name}-{key}", tag_key=key, status="Active", opts=child)
        self.register_outputs({"topic_arn": self.topic_arn})


def _tagged(key: str, value: str) -> list[aws.budgets.BudgetCostFilterArgs]:
    return [aws.budgets.BudgetCostFilterArgs(name="TagKeyValue", values=[f"user:{key}${value}"])]


def _alert(
    kind: str, percent: int, args: CostBudgetArgs, topic: pulumi.Output[str] | None
) -> aws.budgets.BudgetNotificationArgs:
    return aws.budgets.BudgetNotificationArgs(
        notification_type=kind,
        comparison_operator="GREATER_THAN",
        threshold=percent,
        threshold_type="PERCENTAGE",
        subscriber_email_addresses=list(args.emails) or None,
        subscriber_sns_topic_arns=[topic] if topic else None,
    )
