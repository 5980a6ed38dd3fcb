"""Database on Amazon RDS: settings → component."""

from collections.abc import Mapping

from components.database.inputs import RoleArgs
from components.database.rds import RdsDatabase, RdsDatabaseArgs, RdsNetworkArgs, RdsStorageArgs
from components.vpc import Network
from infra.build.platform import Platform
from infra.catalog import images, rds_authority, rds_certificate
from infra.settings import capabilities
from infra.settings.capabilities.account import domain

_MONITORING = 60


def declare(
    platform: Platform, settings: capabilities.RdsDatabase, network: Network, consumers: Mapping[str, RoleArgs]
) -> RdsDatabase:
    """PostgreSQL in the network's intra subnets, for the pods of the cluster."""
    account, cluster = platform.aws, platform.aws_cluster
    return RdsDatabase(
        "database",
        RdsDatabaseArgs(
            name=account.name,
            account=account.settings.id,
            region=account.settings.region,
            domain=domain(account.settings.region),
            partition=account.settings.partition,
            network=RdsNetworkArgs(
                vpc_id=network.vpc_id,
                addresses=network.cidr,
                subnet_ids=network.intra_subnet_ids,
                clients={"cluster": cluster.security_group_id},
            ),
            version=images()["postgres"].version.partition(".")[0],
            instance_class=settings.instance_class,
            multi_az=settings.multi_az,
            storage=RdsStorageArgs(size=settings.storage, limit=settings.storage_limit),
            backup_days=settings.backup_days,
            log_days=settings.log_days,
            monitoring_interval=_MONITORING if settings.enhanced_monitoring else 0,
            performance_insights=settings.performance_insights,
            maintenance_window=settings.maintenance_window,
            apply_immediately=settings.apply_immediately,
            authority=rds_authority(),
            ca_certificate=settings.ca_certificate or rds_certificate(account.settings.region) or "",
            cluster=cluster.name,
            namespace=platform.namespaces["database"],
            image=platform.image("postgres"),
            tools_image=platform.image("mlflow"),
            consumers=consumers,
            permission_boundary=account.settings.permission_boundary,
            protect=account.protect,
        ),
        platform.in_both,
    )
