"""What goes and what stays when a stack with protected resources is destroyed."""

from typing import Any

from infra.engines.absent import AbsentCluster
from infra.engines.automation.removal import removal, staying
from infra.engines.base import Action
from infra.engines.cluster import Target

VPC, SUBNET, DATABASE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"


def resource(type_: str, name: str, *needs: str, **rest: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:prod::groundwork::{type_}::{name}"
    return {"urn": urn, "type": type_, "custom": True, "inputs": {}, "dependencies": list(needs), **rest}


VPC_ = resource(VPC, "network")
SUBNET_ = resource(SUBNET, "intra", VPC_["urn"])
OTHER = resource(SUBNET, "public", VPC_["urn"])
DATABASE_ = resource(DATABASE, "database", propertyDependencies={"subnets": [SUBNET_["urn"]]}, protect=True)
RETAINED = resource(BUCKET, "artifacts", retainOnDelete=True)
LOST = resource(BUCKET, "scratch")
STATE = {"resources": [VPC_, SUBNET_, OTHER, DATABASE_, RETAINED, LOST]}


def test_what_is_protected_stays_with_all_that_it_needs() -> None:
    assert staying(STATE) == {
        DATABASE_["urn"]: "protected",
        SUBNET_["urn"]: "database needs it",
        VPC_["urn"]: "intra needs it",
    }


def test_the_plan_says_of_every_resource_what_becomes_of_it_and_why() -> None:
    with AbsentCluster(Target("eks")) as cluster:
        fates = {change.name: (change.action, change.note) for change in removal(STATE, cluster)}
    assert fates == {
        "database": (Action.UNCHANGED, "stays: protected"),
        "intra": (Action.UNCHANGED, "stays: database needs it"),
        "network": (Action.UNCHANGED, "stays: intra needs it"),
        "public": (Action.DELETE, ""),
        "artifacts": (Action.DELETE, "leaves the stack, stays in the account"),
        "scratch": (Action.DELETE, "its data is lost"),
    }
