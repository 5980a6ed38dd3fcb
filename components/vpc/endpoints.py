"""AWS services reached from within a network, by private addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Which services, from which subnets."""

    label: str
    vpc_id: pulumi.Input[str]
    cidr: str
    """Addresses that may connect: the network's own."""
    region: str
    services: Sequence[str]
    """What their names end in after the region: `ecr.api`."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """By zone; an endpoint has an address, and its price, in each."""
    route_table_ids: Mapping[str, pulumi.Input[str]]
    """From where S3 is reached without leaving the network, at no charge."""


class Endpoints(pulumi.ComponentResource):
    """A gateway to S3, and an interface for each service under the service's own public name."""

    ready: pulumi.Output[Sequence[str]]
    """Ids of all endpoints. Nodes that reach AWS by nothing else wait for them."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:Endpoints", name, {}, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        gateway = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(args.route_table_ids.values()),
            tags={"Name": f"{args.label}-s3"},
            opts=self._child,
        )
        self.ready = pulumi.Output.all(gateway.id, *(self._interfaces() if args.services else ()))
        self.register_outputs({"ready": self.ready})

    def _interfaces(self) -> list[pulumi.Output[str]]:
        args = self._args
        group = aws.ec2.SecurityGroup(
            self._name,
            description=f"Endpoints of AWS services in {args.label}",
            vpc_id=args.vpc_id,
            tags={"Name": f"{args.label}-endpoints"},
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            self._name,
            security_group_id=group.id,
            description="HTTPS from the network",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=args.cidr,
            opts=self._child,
        )
        return [
            aws.ec2.VpcEndpoint(
                f"{self._name}-{service}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(args.subnet_ids.values()),
                security_group_ids=[group.id],
                tags={"Name": f"{args.label}-{service}"},
                opts=self._child,
            ).id
            for service in args.services
        ]
