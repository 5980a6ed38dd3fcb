"""PostgreSQL for the platform's services."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import Cron, Quantity, Resources, Settings


class Backups(Settings):
    """Scheduled dumps to the object storage."""

    schedule: Cron = "23 1 * * *"
    """When dumps are taken (cron, UTC)."""
    keep: Annotated[int, Field(ge=1, le=365)] = 7
    """Dumps kept per database."""
    scratch: Quantity = "2Gi"
    """Space on the node for the dumps of one run, before they are stored. Dumps are compressed."""


class PostgresqlDatabase(Settings):
    """PostgreSQL in the cluster."""

    kind: Literal["postgresql"]
    """PostgreSQL in the cluster."""
    volume: Quantity
    """Size of the data volume."""
    backups: Backups = Backups()
    """Dumps: when, and how many are kept."""
    resources: Resources
    """Requests and limits of the server."""


Database = Annotated[PostgresqlDatabase, Field()]
