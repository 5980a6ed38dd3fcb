"""Rules across the keys of an environment on AWS. Read only where there is an account."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.machines import wrong_region, wrong_zones

if TYPE_CHECKING:
    from infra.settings.capabilities import AwsAccount
    from infra.settings.rules import Broken


def broken_aws_rules(account: "AwsAccount") -> Iterator["Broken"]:
    """What no single key of an environment on AWS can show to be wrong."""
    yield from _places(account)


def _places(account: "AwsAccount") -> Iterator["Broken"]:
    wrong = wrong_region(account.region)
    if wrong:
        yield ("account", "region"), wrong
    for index, message in wrong_zones(account.region, account.zones):
        yield ("account", "zones", index), message
