"""What an environment may cost, and who hears when it costs more."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import EmailAddress, Percent, Settings, Tuple


class AwsBudget(Settings):
    """A monthly budget of AWS Budgets. It alerts, and stops nothing."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",)}

    kind: Literal["aws"]
    """AWS Budgets."""
    monthly_usd: Annotated[int, Field(ge=1)] = Field(examples=[5000])
    """US dollars a month. `groundwork cost` says what to expect."""
    scope: Literal["account", "environment"] = Field("account", examples=["account"])
    """Whether all of the account's costs count, or only those with this environment's cost-allocation tag."""
    actual: Tuple[Percent] = Field((80, 100), examples=[[50, 80, 100]])
    """Percentages that alert when they are spent."""
    forecast: Tuple[Percent] = Field((100,), examples=[[100]])
    """Percentages that alert when AWS expects them to be spent by the month's end."""
    emails: Tuple[EmailAddress] = ()
    """Who gets alerts by mail."""
    topic: bool = False
    """Whether alerts also go to an SNS topic, for chat and paging to subscribe to: the output `budget_topic_arn`."""
    activate_tags: bool = False
    """Make cost-allocation tags of the environment's tags. A management account can, a day after their first use."""


Budget = Annotated[AwsBudget, Field()]
