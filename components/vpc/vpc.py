"""A network of its own: public, private and intra subnets in each zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.vpc.endpoints import Endpoints, EndpointsArgs
from components.vpc.flow_logs import FlowLogs, FlowLogsArgs

# By which EKS finds subnets for load balancers (EKS user guide, "Tag subnets").
_PUBLIC_BALANCERS = {"kubernetes.io/role/elb": "1"}
_INTERNAL_BALANCERS = {"kubernetes.io/role/internal-elb": "1"}
_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class SubnetsArgs:
    """The three subnets of one zone, in CIDR notation."""

    public: str
    private: str
    intra: str


@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    """Addresses, ways out, and what is logged."""

    label: str
    """The name that people find it by; what is in it is named `<label>-…`."""
    cidr: str
    subnets: Mapping[str, SubnetsArgs]
    """By the name of the zone."""
    nat_zones: Sequence[str]
    """Zones with a NAT gateway. The other zones go out by the first of them; none: nobody goes out."""
    services: Sequence[str]
    """AWS services with an endpoint in the network, as their names end after the region: `ecr.api`."""
    account: str
    region: str
    flow_log_retention: int
    """Days."""
    partition: str = "aws"
    permission_boundary: str | None = None
    protect: bool = True
    """Whether the key of the flow logs is protected."""


class Vpc(pulumi.ComponentResource):
    """A VPC whose default security group is closed and whose flows are logged."""

    vpc_id: pulumi.Output[str]
    cidr: str
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    intra_subnet_ids: Mapping[str, pulumi.Output[str]]
    public_cidrs: Sequence[str]
    intra_cidrs: Sequence[str]

    def __init__(self, name: str, args: VpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:Vpc", name, {}, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        self._vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": args.label},
            opts=self._child,
        )
        # Whatever names no security group lands in this one.
        aws.ec2.DefaultSecurityGroup(name, vpc_id=self._vpc.id, opts=self._child)
        self.vpc_id, self.cidr = self._vpc.id, args.cidr
        self.public_cidrs = [subnets.public for subnets in args.subnets.values()]
        self.intra_cidrs = [subnets.intra for subnets in args.subnets.values()]
        self._tables: dict[str, aws.ec2.RouteTable] = {}

        self.public_subnet_ids = self._public()
        private, routes = self._private()
        self.intra_subnet_ids = self._intra()
        endpoints = self._endpoints()
        # Nodes that start before they can reach AWS never join, and nobody tries again.
        ways_out = {zone: [routes[zone]] if zone in routes else [endpoints.ready] for zone in private}
        self.private_subnet_ids = {zone: _known_after(id_, *ways_out[zone]) for zone, id_ in private.items()}
        FlowLogs(
            f"{name}-flow-logs",
            FlowLogsArgs(
                label=args.label,
                vpc_id=self._vpc.id,
                account=args.account,
                region=args.region,
                partition=args.partition,
                retention=args.flow_log_retention,
                permission_boundary=args.permission_boundary,
                protect=args.protect,
            ),
            self._child,
        )
        self.register_outputs({"vpc_id": self.vpc_id})

    def _public(self) -> dict[str, pulumi.Output[str]]:
        gateway = aws.ec2.InternetGateway(
            self._name, vpc_id=self._vpc.id, tags={"Name": self._args.label}, opts=self._child
        )
        table = self._table("public")
        route = aws.ec2.Route(
            f"{self._name}-public",
            route_table_id=table.id,
            destination_cidr_block=_ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child,
        )
        return {
            zone: _known_after(self._subnet("public", zone, subnets.public, table, _PUBLIC_BALANCERS), route.id)
            for zone, subnets in self._args.subnets.items()
        }

    def _private(self) -> tuple[dict[str, pulumi.Output[str]], dict[str, pulumi.Output[str]]]:
        """The subnets, and the routes by which they get out."""
        gateways = {zone: self._nat_gateway(zone) for zone in self._args.nat_zones}
        subnets: dict[str, pulumi.Output[str]] = {}
        routes: dict[str, pulumi.Output[str]] = {}
        for zone, cidrs in self._args.subnets.items():
            table = self._table(f"private-{zone}")
            subnets[zone] = self._subnet("private", zone, cidrs.private, table, _INTERNAL_BALANCERS)
            if gateways:
                routes[zone] = aws.ec2.Route(
                    f"{self._name}-private-{zone}",
                    route_table_id=table.id,
                    destination_cidr_block=_ANYWHERE,
                    nat_gateway_id=gateways.get(zone, gateways[self._args.nat_zones[0]]),
                    opts=self._child,
                ).id
        return subnets, routes

    def _intra(self) -> dict[str, pulumi.Output[str]]:
        table = self._table("intra")
        return {
            zone: self._subnet("intra", zone, subnets.intra, table, {}) for zone, subnets in self._args.subnets.items()
        }

    def _nat_gateway(self, zone: str) -> pulumi.Output[str]:
        tags = {"Name": f"{self._args.label}-nat-{zone}"}
        address = aws.ec2.Eip(f"{self._name}-nat-{zone}", domain="vpc", tags=tags, opts=self._child)
        return aws.ec2.NatGateway(
            f"{self._name}-{zone}",
            # Known once the subnet has its route out; gone before that route goes.
            subnet_id=self.public_subnet_ids[zone],
            allocation_id=address.allocation_id,
            tags=tags,
            opts=self._child,
        ).id

    def _endpoints(self) -> Endpoints:
        args = self._args
        return Endpoints(
            f"{self._name}-endpoints",
            EndpointsArgs(
                label=args.label,
                vpc_id=self._vpc.id,
                cidr=args.cidr,
                region=args.region,
                services=args.services,
                subnet_ids=self.intra_subnet_ids,
                route_table_ids={use: table.id for use, table in self._tables.items() if use != "public"},
            ),
            self._child,
        )

    def _table(self, use: str) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(
            f"{self._name}-{use}",
            vpc_id=self._vpc.id,
            tags={"Name": f"{self._args.label}-{use}"},
            opts=self._child,
        )
        self._tables[use] = table
        return table

    def _subnet(
        self, tier: str, zone: str, cidr: str, table: aws.ec2.RouteTable, tags: Mapping[str, str]
    ) -> pulumi.Output[str]:
        name = f"{self._name}-{tier}-{zone}"
        subnet = aws.ec2.Subnet(
            name,
            vpc_id=self._vpc.id,
            availability_zone=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._args.label}-{tier}-{zone}", **tags},
            opts=self._child,
        )
        association = aws.ec2.RouteTableAssociation(
            name, subnet_id=subnet.id, route_table_id=table.id, opts=self._child
        )
        return _known_after(subnet.id, association.id)


def _known_after(value: pulumi.Output[str], *others: pulumi.Output[object]) -> pulumi.Output[str]:
    """The value, for whoever must also wait for the others."""
    return pulumi.Output.all(value, *others).apply(lambda known: str(known[0]))
