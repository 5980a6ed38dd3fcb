"""What AWS offers, and what is there already."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi_aws as aws
import pytest

from infra.doctor.account import existing, offers
from infra.settings.capabilities import ExistingEksCluster
from tests.unit.doctor.accounts import REGION, account, checks, chosen, client, nodes, settings, stub


def test_the_zones_must_be_there(moto: None) -> None:
    assert checks(offers.zones, account()) == [("ok", "eu-central-1a, eu-central-1b are available")]
    asked = replace(account(), settings=settings(zones=("a", "f")))
    ((verdict, message),) = checks(offers.zones, asked)
    assert verdict == "problem"
    assert message.startswith("eu-central-1f not available; eu-central-1a, ")


def test_a_region_that_is_not_enabled_is_a_problem() -> None:
    region = {"Regions": [{"RegionName": "af-south-1", "OptInStatus": "not-opted-in"}]}
    asked = account(ec2=stub("ec2", ("describe_regions", region)))
    assert checks(offers.zones, asked) == [("problem", "is not enabled for this account")]


def _cluster(version: str) -> Callable[[], None]:
    def program() -> None:
        aws.eks.Cluster(
            "cluster", name="mlops-prod", version=version, role_arn="arn", vpc_config={"subnet_ids": ["subnet-1"]}
        )

    return program


OFFERED = {
    "clusterVersions": [
        {"clusterVersion": "1.36", "versionStatus": "STANDARD_SUPPORT"},
        {"clusterVersion": "1.35", "versionStatus": "STANDARD_SUPPORT"},
        {"clusterVersion": "1.32", "versionStatus": "EXTENDED_SUPPORT"},
        {"clusterVersion": "1.29", "versionStatus": "UNSUPPORTED"},
    ]
}


@pytest.mark.parametrize(
    ("wanted", "present", "expected"),
    [
        ("1.36", None, [("ok", "1.36 is offered")]),
        ("1.36", "1.36", [("ok", "1.36 is offered"), ("ok", "the cluster has 1.36")]),
        ("1.36", "1.35", [("ok", "1.36 is offered"), ("ok", "the cluster has 1.35")]),
        (
            "1.36",
            "1.34",
            [("ok", "1.36 is offered"), ("problem", "the cluster has 1.34, the stack wants 1.36")],
        ),
        ("1.35", "1.36", [("ok", "1.35 is offered"), ("problem", "the cluster has 1.36, the stack wants 1.35")]),
        ("1.32", None, [("warning", "1.32 is offered, in extended support, at a surcharge")]),
        ("1.29", None, [("problem", "1.29 is not offered; 1.36, 1.35, 1.32 are")]),
        ("1.99", None, [("problem", "1.99 is not offered; 1.36, 1.35, 1.32 are")]),
    ],
)
def test_a_cluster_goes_up_one_version_at_a_time(
    wanted: str, present: str | None, expected: list[tuple[str, str]]
) -> None:
    described: Any = {"cluster": {"version": present}} if present else "ResourceNotFoundException"
    made = stub("eks", ("describe_cluster_versions", OFFERED), ("describe_cluster", described))
    assert checks(offers.kubernetes, account(_cluster(wanted), eks=made)) == expected


def test_instance_types_are_looked_for_in_every_zone() -> None:
    offered = {
        "InstanceTypeOfferings": [
            {"InstanceType": "m7i.xlarge", "Location": f"{REGION}a"},
            {"InstanceType": "m7i.xlarge", "Location": f"{REGION}b"},
            {"InstanceType": "g6e.2xlarge", "Location": f"{REGION}b"},
        ]
    }
    asked = account(nodes, ec2=stub("ec2", ("describe_instance_type_offerings", offered)))
    assert checks(offers.instance_types, asked) == [
        ("ok", "is offered in every zone"),
        ("warning", "is not offered in eu-central-1a"),
        ("problem", "is not offered in any zone of eu-central-1"),
    ]


@pytest.mark.parametrize(
    ("versions", "verdict"), [(["17.4", "16.8"], "ok"), (["16.8", "15.2"], "problem"), ([], "problem")]
)
def test_a_database_class_must_be_offered_with_its_version(versions: list[str], verdict: str) -> None:
    def program() -> None:
        aws.rds.Instance(
            "database", identifier="x", engine="postgres", engine_version="17", instance_class="db.m7g.large"
        )

    options = {"OrderableDBInstanceOptions": [{"EngineVersion": version} for version in versions]}
    made = stub("rds", ("describe_orderable_db_instance_options", options))
    ((found, _),) = checks(offers.databases, account(program, rds=made))
    assert found == verdict


def _existing(**changes: Any) -> dict[str, Any]:
    """A VPC in moto with a subnet for each zone, as the stack file names it."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.64.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    private = {}
    for number, zone in enumerate((f"{REGION}a", f"{REGION}b")):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.64.{number}.0/24", AvailabilityZone=zone)["Subnet"]
        ec2.create_tags(Resources=[subnet["SubnetId"]], Tags=[{"Key": "kubernetes.io/role/internal-elb", "Value": "1"}])
        private[zone] = subnet["SubnetId"]
    return {"kind": "existing_vpc", "vpc_id": vpc, "cidr": "10.64.0.0/16", "private_subnet_ids": private, **changes}


def _network_checks(network: dict[str, Any]) -> list[tuple[str, str]]:
    return checks(existing.network, replace(account(), chosen=chosen(network=network)))


def test_an_existing_vpc_is_as_the_stack_file_says(moto: None) -> None:
    assert _network_checks(_existing()) == [("ok", "are there, in their zones")]


def test_an_existing_vpc_that_is_not_there_is_a_problem(moto: None) -> None:
    network = {**_existing(), "vpc_id": "vpc-0a1b2c3d4e5f60718"}
    assert _network_checks(network) == [("problem", "there is no such VPC in eu-central-1")]


def test_an_existing_vpc_with_other_addresses_is_a_problem(moto: None) -> None:
    found = _network_checks(_existing(cidr="10.65.0.0/16"))
    assert found[0] == ("problem", "has 10.64.0.0/16, not 10.65.0.0/16")


def test_an_existing_vpc_without_host_names_is_a_problem(moto: None) -> None:
    network = _existing()
    client("ec2").modify_vpc_attribute(VpcId=network["vpc_id"], EnableDnsHostnames={"Value": False})
    ((verdict, message), _) = _network_checks(network)
    assert verdict == "problem"
    assert message.startswith("enableDnsHostnames is off")


def test_subnets_of_an_existing_vpc_must_be_there_in_their_zones(moto: None) -> None:
    network = _existing()
    first, second = network["private_subnet_ids"].values()
    swapped = {f"{REGION}a": second, f"{REGION}b": first}
    assert _network_checks({**network, "private_subnet_ids": swapped}) == [
        ("problem", "is in eu-central-1b"),
        ("problem", "is in eu-central-1a"),
    ]
    client("ec2").delete_subnet(SubnetId=second)
    assert _network_checks(network) == [("problem", "there is no such subnet")]


def test_a_subnet_that_load_balancers_don_t_find_is_a_warning(moto: None) -> None:
    network = _existing()
    ids = list(network["private_subnet_ids"].values())
    client("ec2").delete_tags(Resources=ids, Tags=[{"Key": "kubernetes.io/role/internal-elb"}])
    found = _network_checks(network)
    assert {verdict for verdict, _ in found} == {"warning"}
    assert "has no tag `kubernetes.io/role/internal-elb`" in found[0][1]


def _cluster_checks(answer: Any = None, **changes: Any) -> list[tuple[str, str]]:
    """What is said of a cluster that the stack file names; changes are what AWS says otherwise."""
    there = {"endpoint": "https://x", "certificate_authority": "Zm9v", "security_group_id": "sg-1"}
    named: dict[str, Any] = {"kind": "existing_eks", "name": "shared", **there}
    found = {**there, "status": "ACTIVE", **changes}
    described = {
        "cluster": {
            "status": found["status"],
            "version": "1.35",
            "endpoint": found["endpoint"],
            "certificateAuthority": {"data": found["certificate_authority"]},
            "resourcesVpcConfig": {"clusterSecurityGroupId": found["security_group_id"]},
        }
    }
    cluster = chosen().model_copy(update={"cluster": ExistingEksCluster.model_construct(**named)})
    asked = account(eks=stub("eks", ("describe_cluster", answer or described)))
    return checks(existing.cluster, replace(asked, chosen=cluster))


def test_an_existing_cluster_is_as_the_stack_file_says() -> None:
    assert _cluster_checks() == [("ok", "is there, with Kubernetes 1.35")]


@pytest.mark.parametrize("key", ["endpoint", "certificate_authority", "security_group_id"])
def test_an_existing_cluster_with_another_value_is_a_problem(key: str) -> None:
    assert _cluster_checks(**{key: "another"}) == [("problem", "of shared is another one: another")]


def test_an_existing_cluster_that_does_not_run_is_a_problem() -> None:
    assert _cluster_checks(status="DELETING") == [("problem", "is DELETING")]


def test_an_existing_cluster_that_is_not_there_is_a_problem() -> None:
    assert _cluster_checks("ResourceNotFoundException") == [("problem", "there is no such EKS cluster in eu-central-1")]
