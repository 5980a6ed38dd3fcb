"""Network on AWS: settings → component."""

from typing import TYPE_CHECKING

import pulumi

from infra.build.account import Account
from infra.settings import EnvironmentSettings
from infra.settings.capabilities import ExistingVpc, Vpc

if TYPE_CHECKING:
    from components import vpc

_SERVICES = {"ecr": ("ecr.api", "ecr.dkr")}
"""What the names of services end in, where it isn't the setting's own word."""


def declare(settings: EnvironmentSettings, account: Account | None) -> "vpc.Network | None":
    """The network of an environment on AWS; none where it has none."""
    if settings.network is None or account is None:
        return None
    network: vpc.Network = (
        _existing(settings.network, account)
        if isinstance(settings.network, ExistingVpc)
        else _own(settings.network, account)
    )
    pulumi.export("vpc_id", network.vpc_id)
    pulumi.export("private_subnet_ids", dict(network.private_subnet_ids))
    return network


def _own(settings: Vpc, account: Account) -> "vpc.Vpc":
    from components import vpc

    zones = account.settings.zone_names
    subnets = settings.subnets_in(zones)
    nat_zones = {"single": zones[:1], "per_zone": zones, "none": ()}
    return vpc.Vpc(
        "network",
        vpc.VpcArgs(
            label=account.name,
            cidr=settings.cidr,
            subnets={
                zone: vpc.SubnetsArgs(
                    public=str(subnets["public"][zone]),
                    private=str(subnets["private"][zone]),
                    intra=str(subnets["intra"][zone]),
                )
                for zone in zones
            },
            nat_zones=nat_zones[settings.nat],
            services=[name for service in settings.endpoints for name in _SERVICES.get(service, (service,))],
            account=account.settings.id,
            region=account.settings.region,
            partition=account.settings.partition,
            flow_log_retention=settings.flow_log_retention,
            permission_boundary=account.settings.permission_boundary,
            protect=account.protect,
        ),
        account.opts,
    )


def _existing(settings: ExistingVpc, account: Account) -> "vpc.ExistingVpc":
    from components import vpc

    return vpc.ExistingVpc(
        "network",
        vpc.ExistingVpcArgs(
            vpc_id=settings.vpc_id,
            cidr=settings.cidr,
            public_subnet_ids=settings.public_subnet_ids,
            private_subnet_ids=settings.private_subnet_ids,
            intra_subnet_ids=settings.intra_subnet_ids or settings.private_subnet_ids,
        ),
        account.opts,
    )
