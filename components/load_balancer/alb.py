"""An Application Load Balancer in front of the cluster's services: HTTPS alone, by host name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.access import WebService

HTTPS = 443
# TLS 1.3 and 1.2, forward secrecy and authenticated encryption alone (ELB user guide, "Security policies").
_TLS = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
# As long as the services' own proxies: MLflow answers an upload when the object storage has it.
_IDLE_SECONDS = 3600
# By which EKS tells whose load balancing is whose (EKS user guide, "Auto Mode cluster IAM role").
_CLUSTER_TAG = "eks:eks-cluster-name"


@dataclass(frozen=True, kw_only=True)
class RouteArgs:
    """Host names, and the service that answers to them."""

    hosts: Sequence[str]
    service: WebService


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """Who comes in, from where, and to what."""

    label: str
    """Begins the names of what people see."""
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """By zone: public ones for a load balancer on the internet."""
    internal: bool
    """Whether its addresses are private."""
    allowed: Sequence[str]
    """Addresses that may connect, in CIDR notation."""
    certificate_arn: pulumi.Input[str]
    zone_id: pulumi.Input[str]
    """Where the host names are put."""
    cluster: pulumi.Input[str]
    cluster_security_group_id: pulumi.Input[str]
    """Security group of the pods."""
    binding_api: str
    """Of the controller that registers pods: `eks.amazonaws.com/v1` is EKS Auto Mode's, `elbv2.k8s.aws/v1beta1` that of
    the AWS Load Balancer Controller."""
    routes: Mapping[str, RouteArgs]
    """By the name of the service."""


class LoadBalancer(pulumi.ComponentResource):
    """Made and taken away by the stack itself. The cluster's controller only registers pods with it."""

    dns_name: pulumi.Output[str]

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:LoadBalancer", name, {}, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="application",
            internal=args.internal,
            subnets=list(args.subnet_ids.values()),
            security_groups=[self._security_group()],
            idle_timeout=_IDLE_SECONDS,
            drop_invalid_header_fields=True,
            tags={"Name": args.label},
            opts=self._child,
        )
        listener = aws.lb.Listener(
            name,
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=_TLS,
            certificate_arn=args.certificate_arn,
            routing_http_response_strict_transport_security_header_value="max-age=31536000",
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                        content_type="text/plain", status_code="404", message_body="no such host"
                    ),
                )
            ],
            opts=self._child,
        )
        for service, route in args.routes.items():
            group = self._target_group(service, route.service)
            for host in route.hosts:
                self._host(host, balancer, listener, group)
        self.dns_name = balancer.dns_name
        self.register_outputs({"dns_name": self.dns_name})

    def _security_group(self) -> pulumi.Output[str]:
        name, args = self._name, self._args
        group = aws.ec2.SecurityGroup(
            name,
            description=f"Load balancer of {args.label}",
            vpc_id=args.vpc_id,
            tags={"Name": f"{args.label}-load-balancer"},
            opts=self._child,
        )
        for cidr in args.allowed:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{cidr}",
                security_group_id=group.id,
                description="HTTPS",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                cidr_ipv4=cidr,
                opts=self._child,
            )
        for port in sorted({route.service.target_port for route in args.routes.values()}):
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-{port}",
                security_group_id=group.id,
                description="To pods",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                referenced_security_group_id=args.cluster_security_group_id,
                opts=self._child,
            )
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-pods-{port}",
                security_group_id=args.cluster_security_group_id,
                description=f"From the load balancer of {args.label}",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                referenced_security_group_id=group.id,
                opts=self._child,
            )
        return group.id

    def _target_group(self, name: str, service: WebService) -> pulumi.Output[str]:
        args = self._args
        group = aws.lb.TargetGroup(
            name,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=service.target_port,
            # No longer than a pod takes to stop.
            deregistration_delay=60,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                path=service.health_path,
                matcher=service.health_codes,
                interval=10,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
            tags={_CLUSTER_TAG: args.cluster},
            opts=self._child,
        )
        k8s.apiextensions.CustomResource(
            name,
            api_version=args.binding_api,
            kind="TargetGroupBinding",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=service.name, namespace=service.namespace),
            spec={
                "targetGroupARN": group.arn,
                "targetType": "ip",
                "serviceRef": {"name": service.name, "port": service.port},
            },
            opts=self._child,
        )
        return group.arn

    def _host(
        self, host: str, balancer: aws.lb.LoadBalancer, listener: aws.lb.Listener, group: pulumi.Output[str]
    ) -> None:
        aws.lb.ListenerRule(
            host,
            listener_arn=listener.arn,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(host_header=aws.lb.ListenerRuleConditionHostHeaderArgs(values=[host]))
            ],
            actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=group)],
            opts=self._child,
        )
        aws.route53.Record(
            host,
            zone_id=self._args.zone_id,
            name=host,
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True
                )
            ],
            opts=self._child,
        )
