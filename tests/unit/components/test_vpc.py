"""What a network on AWS promises: room for pods, ways out as asked, AWS within reach, and nothing open unasked."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws
import pytest

from components.vpc import SubnetsArgs, Vpc, VpcArgs
from infra.graph import Graph, capture
from tests.unit.components.environment import environment, of, output

ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
WITH_CACHES = {"kind": "ecr", "pull_through_cache": {}}
EVERY_ENDPOINT = ["ecr", "sts", "logs", "ec2", "eks", "eks-auth", "elasticloadbalancing"]


def network(**settings: Any) -> Graph:
    return environment(
        account=ACCOUNT, network={"kind": "vpc", "cidr": "10.64.0.0/16", **settings}, registry=WITH_CACHES
    )


@pytest.fixture(scope="module")
def graph() -> Graph:
    return network(nat="per_zone")


@pytest.fixture(scope="module")
def closed() -> Graph:
    return network(nat="none", endpoints=EVERY_ENDPOINT)


def way_out(graph: Graph, tier: str) -> dict[str, str]:
    """By zone: the type of gateway that the default route of its subnet leads to, and which of them."""
    tables = {r.inputs["subnetId"]: r.inputs["routeTableId"] for r in of(graph, "RouteTableAssociation").values()}
    routes = {
        r.inputs["routeTableId"]: r.inputs.get("natGatewayId") or r.inputs["gatewayId"]
        for r in of(graph, "Route").values()
        if r.inputs["destinationCidrBlock"] == "0.0.0.0/0"
    }
    ids = {r.outputs["id"]: r for r in graph if r.custom}
    found = {}
    for subnet in subnets(graph, tier).values():
        route = routes.get(tables[subnet["id"]])
        found[subnet["availabilityZone"]] = ids[route].name if route else "nowhere"
    return found


def subnets(graph: Graph, tier: str) -> dict[str, Mapping[str, Any]]:
    """A tier's subnets, by zone."""
    return {
        r.inputs["availabilityZone"]: {**r.inputs, **r.outputs}
        for r in of(graph, "Subnet").values()
        if r.name.startswith(f"network-{tier}-")
    }


def test_each_zone_has_a_subnet_for_each_use(graph: Graph) -> None:
    cidrs = {tier: [s["cidrBlock"] for s in subnets(graph, tier).values()] for tier in ("public", "private", "intra")}
    assert cidrs == {
        "public": ["10.64.192.0/21", "10.64.200.0/21", "10.64.208.0/21"],
        "private": ["10.64.0.0/18", "10.64.64.0/18", "10.64.128.0/18"],
        "intra": ["10.64.224.0/21", "10.64.232.0/21", "10.64.240.0/21"],
    }
    assert all(set(subnets(graph, tier)) == set(ZONES) for tier in cidrs)


def test_subnets_may_be_written_out() -> None:
    written = {
        tier: {zone: f"10.64.{16 * row + column}.0/24" for column, zone in enumerate(ZONES)}
        for row, tier in enumerate(("public", "private", "intra"))
    }
    graph = network(subnets=written)
    for tier, by_zone in written.items():
        assert {zone: s["cidrBlock"] for zone, s in subnets(graph, tier).items()} == by_zone


def test_the_cluster_finds_subnets_for_its_load_balancers(graph: Graph) -> None:
    roles = {
        tier: {key for s in subnets(graph, tier).values() for key in s["tags"] if key.startswith("kubernetes.io/role/")}
        for tier in ("public", "private", "intra")
    }
    assert roles == {
        "public": {"kubernetes.io/role/elb"},
        "private": {"kubernetes.io/role/internal-elb"},
        "intra": set(),
    }


@pytest.mark.parametrize(
    ("nat", "gateways"),
    [
        ("per_zone", {zone: f"network-{zone}" for zone in ZONES}),
        ("single", dict.fromkeys(ZONES, "network-eu-central-1a")),
        ("none", dict.fromkeys(ZONES, "nowhere")),
    ],
)
def test_pods_go_out_as_asked(nat: str, gateways: dict[str, str]) -> None:
    graph = network(nat=nat, endpoints=EVERY_ENDPOINT)
    assert way_out(graph, "private") == gateways
    assert way_out(graph, "public") == dict.fromkeys(ZONES, "network")
    assert way_out(graph, "intra") == dict.fromkeys(ZONES, "nowhere")
    assert len(of(graph, "NatGateway")) == len(of(graph, "Eip")) == len(set(gateways.values()) - {"nowhere"})


def test_s3_is_reached_from_everywhere_but_the_public_subnets(graph: Graph) -> None:
    gateway = of(graph, "VpcEndpoint")["network-endpoints-s3"].inputs
    assert gateway["vpcEndpointType"] == "Gateway"
    tables = {r.outputs["id"]: r.name for r in of(graph, "RouteTable").values()}
    reached = {tables[id_] for id_ in gateway["routeTableIds"]}
    assert reached == {"network-intra", *(f"network-private-{zone}" for zone in ZONES)}


def test_services_of_aws_are_within_the_network_under_their_own_names(closed: Graph) -> None:
    interfaces = {
        r.inputs["serviceName"].removeprefix("com.amazonaws.eu-central-1."): r.inputs
        for r in of(closed, "VpcEndpoint").values()
        if r.inputs["vpcEndpointType"] == "Interface"
    }
    assert set(interfaces) == {*EVERY_ENDPOINT[1:], "ecr.api", "ecr.dkr"}
    intra = {s["id"] for s in subnets(closed, "intra").values()}
    assert all(set(i["subnetIds"]) == intra and i["privateDnsEnabled"] for i in interfaces.values())
    (rule,) = of(closed, "SecurityGroupIngressRule").values()
    assert (rule.inputs["cidrIpv4"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("10.64.0.0/16", 443, 443)


def test_without_endpoints_there_is_only_the_free_one() -> None:
    graph = network(nat="single", endpoints=[])
    assert set(of(graph, "VpcEndpoint")) == {"network-endpoints-s3"}
    assert of(graph, "SecurityGroup") == {}


def test_what_names_no_security_group_talks_to_nobody(graph: Graph) -> None:
    (default,) = of(graph, "DefaultSecurityGroup").values()
    assert default.inputs == {"vpcId": of(graph, "Vpc")["network"].outputs["id"]}


def test_every_connection_is_logged_encrypted_for_as_long_as_asked() -> None:
    graph = network(flow_log_retention=400)
    flows, group = of(graph, "FlowLog")["network-flow-logs"].inputs, of(graph, "LogGroup")["network-flow-logs"]
    assert flows["trafficType"] == "ALL"
    assert flows["logDestination"] == group.outputs["arn"]
    assert group.inputs["retentionInDays"] == 400
    assert group.inputs["kmsKeyId"] == of(graph, "Key")["network-flow-logs"].outputs["arn"]


def test_the_key_of_the_flow_logs_is_for_their_log_group_alone(graph: Graph) -> None:
    policy = json.loads(of(graph, "Key")["network-flow-logs"].inputs["policy"])
    (use,) = [s for s in policy["Statement"] if s["Sid"] != "Account"]
    group = "arn:aws:logs:eu-central-1:111122223333:log-group:/mlops-local/flow-logs"
    assert use["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}}
    assert of(graph, "LogGroup")["network-flow-logs"].inputs["name"] == "/mlops-local/flow-logs"


@pytest.mark.parametrize(
    ("nat_zones", "waited_for"),
    [(ZONES, ("Route network-private-eu-central-1a",)), ((), ("VpcEndpoint network-endpoints-sts",))],
    ids=["with NAT", "without"],
)
def test_nodes_wait_for_their_way_to_aws(nat_zones: tuple[str, ...], waited_for: tuple[str, ...]) -> None:
    def program() -> None:
        args = VpcArgs(
            label="mlops-test",
            cidr="10.64.0.0/16",
            subnets={
                zone: SubnetsArgs(public=f"10.64.{i}.0/24", private=f"10.64.1{i}.0/24", intra=f"10.64.2{i}.0/24")
                for i, zone in enumerate(ZONES)
            },
            nat_zones=nat_zones,
            services=["sts"],
            account="111122223333",
            region="eu-central-1",
            flow_log_retention=30,
        )
        aws.ec2.NetworkInterface("node", subnet_id=Vpc("network", args).private_subnet_ids["eu-central-1a"])

    graph = capture("test", program)
    names = {r.urn: f"{r.type.rpartition(':')[2]} {r.name}" for r in graph}
    node = of(graph, "NetworkInterface")["node"]
    assert {names[urn] for urn in node.dependencies} >= {"Subnet network-private-eu-central-1a", *waited_for}


def test_an_existing_network_is_taken_as_it_is() -> None:
    ids = {zone: f"subnet-0a1b2c3d4e5f6000{number}" for number, zone in enumerate(ZONES)}
    graph = environment(
        account=ACCOUNT,
        network={
            "kind": "existing_vpc",
            "vpc_id": "vpc-0a1b2c3d4e5f60001",
            "cidr": "10.64.0.0/16",
            "private_subnet_ids": ids,
        },
    )
    assert [r for r in graph if r.custom and r.type.startswith("aws:")] == []
    assert output(graph, "vpc_id") == "vpc-0a1b2c3d4e5f60001"
    assert output(graph, "private_subnet_ids") == ids
