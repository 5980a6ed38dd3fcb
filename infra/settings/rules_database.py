"""Rules across the keys of Amazon RDS."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.capabilities import AwsAccount, RdsDatabase
from infra.settings.machines import no_database_authority, wrong_database_class

if TYPE_CHECKING:
    from infra.settings.rules import Broken

_GROWTH = 1.1
"""By which storage must be able to grow (RDS user guide, "Managing capacity automatically with … autoscaling")."""


def broken_database_rules(database: RdsDatabase, account: AwsAccount) -> Iterator["Broken"]:
    """What no single key of the database can show to be wrong."""
    wrong = wrong_database_class(database.instance_class)
    if wrong:
        yield ("database", "instance_class"), wrong
    least = round(database.storage * _GROWTH + 0.5)
    if database.storage_limit < least:
        yield ("database", "storage_limit"), f"must be at least {least}: a tenth more than `storage`"
    missing = no_database_authority(account.region)
    if missing and database.ca_certificate is None:
        yield ("database", "ca_certificate"), missing
