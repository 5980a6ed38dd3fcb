"""PostgreSQL for the platform's services."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import (
    Cron,
    DatabaseClass,
    LogDays,
    Pem,
    Quantity,
    Resources,
    Settings,
    WeeklyWindow,
)


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


class RdsDatabase(Settings):
    """PostgreSQL on Amazon RDS: private, encrypted under a key of its own, over TLS alone.

    RDS makes and keeps the master password. One job in the cluster reads it, to make the services' databases and roles;
    nothing else may. The major version is the one that the catalog pins for the platform. RDS's own backups take the
    place of dumps.
    """

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "account": ("aws",),
        "network": ("vpc", "existing_vpc"),
        "cluster": ("eks", "existing_eks"),
    }

    kind: Literal["rds"]
    """PostgreSQL on Amazon RDS."""
    instance_class: DatabaseClass
    """Instance class."""
    multi_az: bool
    """Keep a standby in another zone, which takes over by itself."""
    storage: Annotated[int, Field(ge=20, le=65_536, examples=[100])]
    """GiB that it starts with."""
    storage_limit: Annotated[int, Field(ge=22, le=65_536, examples=[500])]
    """GiB that its storage may grow to, by itself."""
    backup_days: Annotated[int, Field(ge=1, le=35, examples=[14])]
    """Days for which it can be brought back to any moment."""
    log_days: LogDays
    """Days that its logs are kept."""
    maintenance_window: WeeklyWindow = "sun:03:00-sun:04:00"
    """When RDS may change or upgrade it (UTC)."""
    apply_immediately: bool = False
    """Make changes at once and not in the window, even those that restart it."""
    performance_insights: bool = False
    """Keep for a week what queries wait for."""
    enhanced_monitoring: bool = False
    """Measure the operating system each minute, to CloudWatch Logs."""
    ca_certificate: Pem | None = None
    """Certificate (PEM) of RDS's authority `rds-ca-ecc384-g1`, for regions whose the catalog doesn't have."""


Database = Annotated[PostgresqlDatabase | RdsDatabase, Field(discriminator="kind")]
