"""What goes and what stays when a stack with protected resources is destroyed."""

from typing import Any

import pytest

from infra.engines.absent import AbsentCluster
from infra.engines.automation.removal import keeps_volumes, removal, staying
from infra.engines.automation.workspace import platform_providers
from infra.engines.base import Action
from infra.engines.cluster import Target
from infra.settings import EnvironmentSettings

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


@pytest.mark.parametrize("protection", ["on", "off"])
@pytest.mark.parametrize("reclaim", ["Retain", "Delete"])
def test_volumes_outlive_their_claims_where_protection_is_on_or_was_when_they_were_made(
    protection: str, reclaim: str
) -> None:
    account = {"kind": "aws", "id": "111122223333", "region": "eu-central-1", "protection": protection}
    made = resource("kubernetes:storage.k8s.io/v1:StorageClass", "gp3", inputs={"reclaimPolicy": reclaim})
    settings = EnvironmentSettings.model_validate({"account": account})
    assert keeps_volumes(settings, {"resources": [made]}) is (protection == "on" or reclaim == "Retain")


def test_volumes_off_aws_go_with_the_environment() -> None:
    assert not keeps_volumes(EnvironmentSettings.model_validate({}), STATE)


def test_the_plan_says_whether_a_volume_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = resource("kubernetes:core/v1:Namespace", "n", inputs={"metadata": {"name": "n"}})
    claim = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "5Gi"}}}}
    with AbsentCluster(Target("eks")) as cluster:
        monkeypatch.setattr(cluster, "items", lambda path, **_: [claim])
        monkeypatch.setattr(cluster, "address", lambda *_: "")
        for stays, note in ((True, "its volume stays (5Gi)"), (False, "its data is lost (5Gi)")):
            (change, _) = removal({"resources": [namespace]}, cluster, volumes_stay=stays)
            assert (change.action, change.note) == (Action.DELETE, note)


def test_the_platform_s_objects_are_told_from_those_that_its_nodes_are_made_of() -> None:
    of_platform = resource("pulumi:providers:kubernetes", "cluster")
    of_nodes = {
        **resource("pulumi:providers:kubernetes", "cluster-nodes"),
        "urn": "urn:pulumi:prod::groundwork::groundwork:index:EksCluster$pulumi:providers:kubernetes::cluster-nodes",
    }
    old = {**resource("pulumi:providers:kubernetes", "old"), "delete": True}
    assert platform_providers({"resources": [of_nodes, of_platform, old, VPC_]}) == [of_platform["urn"]]
