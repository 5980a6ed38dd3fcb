"""The nodes of a simulation, from what a stack declares."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
import pytest

from infra.errors import UserError
from infra.graph import Graph, capture
from infra.simulation.machines import Machines, machines


def _declaring(instance_types: list[str], **extra: Any) -> Graph:
    def program() -> None:
        subnets = {
            zone: aws.ec2.Subnet(
                f"private-{zone}", vpc_id="vpc-1", cidr_block="10.0.0.0/24", availability_zone=f"eu-central-1{zone}"
            )
            for zone in ("a", "b")
        }
        aws.eks.NodeGroup(
            "gpu",
            cluster_name="mlops-prod",
            node_role_arn="arn:aws:iam::111122223333:role/node",
            subnet_ids=[subnet.id for subnet in subnets.values()],
            instance_types=instance_types,
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(desired_size=3, min_size=1, max_size=6),
            labels={"pool": "gpu"},
            taints=[aws.eks.NodeGroupTaintArgs(key="nvidia.com/gpu", value="present", effect="NO_SCHEDULE")],
        )

    return capture("trial", program)


def _pool(key: str, *values: str) -> Graph:
    def program() -> None:
        k8s.apiextensions.CustomResource(
            "gpu",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata={"name": "gpu"},
            spec={
                "template": {
                    "metadata": {"labels": {"pool": "gpu"}},
                    "spec": {
                        "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
                        "requirements": [
                            {"key": key, "operator": "In", "values": list(values)},
                            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-central-1c"]},
                        ],
                    },
                }
            },
        )
        pulumi.export("nothing", 1)

    return capture("trial", program)


def _named(found: Machines) -> dict[str, Mapping[str, Any]]:
    return {node["metadata"]["name"]: node for node in found.nodes}


def test_a_node_group_has_as_many_nodes_as_it_wants_spread_over_its_zones() -> None:
    found = _named(machines(_declaring(["g6.4xlarge", "g5.4xlarge"])))
    zones = [node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in found.values()]
    assert (list(found), zones) == (["gpu-1", "gpu-2", "gpu-3"], ["eu-central-1a", "eu-central-1b", "eu-central-1a"])
    one = found["gpu-1"]
    assert one["metadata"]["labels"]["pool"] == "gpu"
    assert one["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    # 16 cores less 60 + 10 + 5 + 5 + 12 x 2.5 millicores; 64 GiB less 255 + 110 x 11 + 100 MiB.
    assert one["status"]["allocatable"] == {
        "cpu": "15890m",
        "memory": f"{65536 - 1565}Mi",
        "pods": "110",
        "ephemeral-storage": "200Gi",
        "nvidia.com/gpu": "1",
    }


def test_a_pool_that_grows_on_demand_has_nodes_in_each_of_its_zones_and_says_so() -> None:
    found = machines(_pool("node.kubernetes.io/instance-type", "g5.xlarge"))
    assert list(_named(found)) == ["gpu-eu-central-1c-1", "gpu-eu-central-1c-2"]
    assert found.lines == ("2 x g5.xlarge in eu-central-1c: 3.9 cores, 14.5 GiB for pods, 1 GPUs",)
    assert any("on demand" in note for note in found.notes)


@pytest.mark.parametrize(
    ("key", "values", "type_"),
    [
        ("eks.amazonaws.com/instance-family", ("g6", "g6e"), "g6.4xlarge"),
        ("eks.amazonaws.com/instance-family", ("p5",), "p5.4xlarge"),
        ("node.kubernetes.io/instance-type", ("r7g.large", "r7g.xlarge"), "r7g.large"),
        ("eks.amazonaws.com/instance-category", ("c", "m"), "m7i.4xlarge"),
    ],
)
def test_a_pool_s_nodes_are_of_a_type_that_it_may_start(key: str, values: tuple[str, ...], type_: str) -> None:
    (line,) = machines(_pool(key, *values)).lines
    assert line.startswith(f"2 x {type_} in ")


def test_a_stack_without_pools_gets_the_usual_nodes(local_graph: Graph) -> None:
    assert {node["metadata"]["labels"]["topology.kubernetes.io/region"] for node in machines(local_graph).nodes} == {
        "local"
    }


def test_a_type_that_the_catalog_does_not_know_can_not_be_simulated() -> None:
    with pytest.raises(UserError, match="knows no instance type"):
        machines(_declaring(["g99.huge"]))
