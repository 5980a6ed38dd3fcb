"""Settings → components: the table of contents of the platform."""

import pulumi

from infra import sdks
from infra.build import (
    audit,
    backups,
    budget,
    cluster,
    database,
    delivery,
    dns,
    network,
    object_storage,
    registry,
    tracking,
)
from infra.build.account import account
from infra.build.platform import platform
from infra.errors import UserError
from infra.settings import EnvironmentSettings, RootSecret, from_config


def build(environment: str, settings: EnvironmentSettings, secrets: RootSecret) -> None:
    """Declares every resource of one environment. A pure function: it asks no cloud and reads no clock."""
    aws = account(environment, settings)
    vpc = network.declare(settings, aws)
    at = cluster.declare(environment, settings, aws, vpc)
    common = platform(environment, settings, secrets, aws, at)
    storage = object_storage.declare(common)
    registry.declare(common, storage)
    databases = database.declare(common, storage, vpc)
    web = tracking.declare(common, storage, databases, dns.visitors(settings, vpc))
    dns.declare(common, vpc, at, {"tracking": web})
    audit.declare(common, storage)
    budget.declare(environment, settings, aws)
    backups.declare(common)
    delivery.declare(common)


def main() -> None:
    """What `pulumi up` runs. Bad settings end it with their message alone."""
    sdks.run_lean()
    stack = pulumi.get_stack()
    try:
        settings, secrets = from_config(pulumi.Config("groundwork"), stack)
    except UserError as error:
        raise pulumi.RunError(str(error)) from None
    build(stack, settings, secrets)
