"""Rules over what can be reached on AWS, and from where."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.graph import Graph, Resource
from infra.policy.model import Found, Rule, each

_ANYWHERE = ("0.0.0.0/0", "::/0")
_CONTROL_PLANE_LOGS = {"api", "audit", "authenticator", "controllerManager", "scheduler"}


def _open_ranges(rule: Mapping[str, Any]) -> bool:
    ranges = [
        *(rule.get("cidrBlocks") or ()),
        *(rule.get("ipv6CidrBlocks") or ()),
        rule.get("cidrIpv4"),
        rule.get("cidrIpv6"),
    ]
    return any(given in _ANYWHERE for given in ranges)


def _group(resource: Resource) -> Iterator[str]:
    if any(_open_ranges(rule) for rule in resource.inputs.get("ingress") or ()):
        yield "ingress: lets the whole internet in"


def _group_rule(resource: Resource) -> Iterator[str]:
    if resource.inputs.get("type", "ingress") == "ingress" and _open_ranges(resource.inputs):
        yield "lets the whole internet in"


def _closed(resource: Resource) -> Iterator[str]:
    if resource.inputs.get("ingress") or resource.inputs.get("egress"):
        yield "must have no rule: whatever names no group lands in this one"


def _networks(graph: Graph) -> Found:
    closed = {r.inputs.get("vpcId") for r in graph if r.type == "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"}
    logged = {r.inputs.get("vpcId") for r in graph if r.type == "aws:ec2/flowLog:FlowLog"}
    for network in graph:
        if network.type != "aws:ec2/vpc:Vpc":
            continue
        if network.outputs["id"] not in closed:
            yield network, "its default security group is open: declare a DefaultSecurityGroup without rules"
        if network.outputs["id"] not in logged:
            yield network, "has no FlowLog"


def _subnet(resource: Resource) -> Iterator[str]:
    if resource.inputs.get("mapPublicIpOnLaunch") is True:
        yield "mapPublicIpOnLaunch: machines get public addresses unasked"


def _metadata(resource: Resource) -> Iterator[str]:
    options = resource.inputs.get("metadataOptions") or {}
    if options.get("httpTokens") != "required":
        yield "metadataOptions.httpTokens: must be `required` (IMDSv2)"
    if options.get("httpPutResponseHopLimit") != 1:
        yield "metadataOptions.httpPutResponseHopLimit: must be 1, or pods get at the node's credentials"


def _disks(resource: Resource) -> Iterator[str]:
    devices: Sequence[Mapping[str, Any]] = resource.inputs.get("blockDeviceMappings") or ()
    disks = [device["ebs"] for device in devices if device.get("ebs")]
    if not disks or any(str(disk.get("encrypted")).lower() != "true" for disk in disks):
        yield "blockDeviceMappings: every disk must be declared and encrypted"


def _node_group(resource: Resource) -> Iterator[str]:
    if not resource.inputs.get("launchTemplate"):
        yield "launchTemplate: without one, nodes have IMDSv1 and disks without a key of the environment"
    if resource.inputs.get("remoteAccess"):
        yield "remoteAccess: nodes take no SSH"


def _cluster(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    network = inputs.get("vpcConfig") or {}
    if network.get("endpointPrivateAccess") is not True:
        yield "vpcConfig.endpointPrivateAccess: must be true"
    open_ = network.get("endpointPublicAccess") is not False
    if open_ and (not network.get("publicAccessCidrs") or set(network["publicAccessCidrs"]) & set(_ANYWHERE)):
        yield "vpcConfig.publicAccessCidrs: a public endpoint must name its callers"
    if missing := _CONTROL_PLANE_LOGS - set(inputs.get("enabledClusterLogTypes") or ()):
        yield f"enabledClusterLogTypes: lacks {', '.join(sorted(missing))}"
    if not ((inputs.get("encryptionConfig") or {}).get("provider") or {}).get("keyArn"):
        yield "encryptionConfig: Secrets must be encrypted with a key of the environment"
    access = inputs.get("accessConfig") or {}
    if access.get("authenticationMode") != "API":
        yield "accessConfig.authenticationMode: must be `API` (access entries, no aws-auth)"
    if access.get("bootstrapClusterCreatorAdminPermissions") is not False:
        yield "accessConfig.bootstrapClusterCreatorAdminPermissions: must be false; name the administrators"


RULES: tuple[Rule, ...] = (
    each("security-group", "No security group lets the internet in.", _group, "aws:ec2/securityGroup:SecurityGroup"),
    each(
        "security-group-rule",
        "No rule lets the internet in.",
        _group_rule,
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ),
    each(
        "default-security-group",
        "Default security groups are closed.",
        _closed,
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    ),
    Rule("network", "Networks close their default security group and log their flows.", _networks),
    each("subnet", "Public addresses are asked for.", _subnet, "aws:ec2/subnet:Subnet"),
    each(
        "instance-metadata",
        "Instances take IMDSv2 alone, and only from themselves.",
        _metadata,
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/instance:Instance",
    ),
    each("instance-disks", "Instances' disks are encrypted.", _disks, "aws:ec2/launchTemplate:LaunchTemplate"),
    each(
        "node-group",
        "Node groups take their nodes from a launch template, without SSH.",
        _node_group,
        "aws:eks/nodeGroup:NodeGroup",
    ),
    each(
        "cluster",
        "Clusters are private, logged, encrypted, and name who may enter.",
        _cluster,
        "aws:eks/cluster:Cluster",
    ),
)
