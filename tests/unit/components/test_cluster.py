"""Clusters on EKS: who may enter, what is encrypted, which nodes there are, and in which order things come and go."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from infra.build import cluster, network
from infra.build.account import account
from infra.graph import Graph, Resource, capture
from infra.settings.validate import validate

ROLE = "arn:aws:iam::111122223333:role"
ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
PRIVATE = {zone: f"subnet-0000000{number}" for number, zone in enumerate(ZONES)}
INTRA = {zone: f"subnet-1111111{number}" for number, zone in enumerate(ZONES)}
GENERAL: dict[str, Any] = {"name": "general", "instance_types": ["m7i.xlarge", "m7a.xlarge"], "min": 3, "max": 6}
GPU: dict[str, Any] = {"name": "gpu", "gpu": True, "instance_types": ["g6e.2xlarge"], "min": 0, "max": 2}


def groups(*more: dict[str, Any], **settings: Any) -> Graph:
    """A cluster with managed node groups."""
    return clusters(compute={"kind": "node_groups", "groups": [GENERAL, *more]}, **settings)


def clusters(protection: str = "on", **settings: Any) -> Graph:
    """A cluster with these settings above the least, in three zones."""
    deployer = {} if settings.get("kind") else {"kind": "eks", "deployer": f"{ROLE}/ci/deployer"}
    return _captured(json.dumps({**deployer, **settings}), protection)


@pytest.fixture
def graph(request: pytest.FixtureRequest) -> Graph:
    """A cluster by the kind of its nodes."""
    return clusters() if request.param == "auto" else groups(*([GPU] if request.param == "gpu" else []))


@cache
def _captured(text: str, protection: str) -> Graph:
    environment = validate(
        {
            "account": {
                "kind": "aws",
                "id": "111122223333",
                "region": "eu-central-1",
                "tags": {"cost-center": "ml"},
                "protection": protection,
            },
            "network": {
                "kind": "existing_vpc",
                "vpc_id": "vpc-0123456789abcdef0",
                "cidr": "10.64.0.0/16",
                "private_subnet_ids": PRIVATE,
                "intra_subnet_ids": INTRA,
            },
            "cluster": json.loads(text),
        }
    )

    def program() -> None:
        place = account("prod", environment)
        cluster.declare("prod", environment, place, network.declare(environment, place))

    return capture("prod", program)


def one(graph: Graph, kind: str, name: str | None = None) -> Resource:
    (found,) = [r for r in graph if r.type.rpartition(":")[2] == kind and name in (None, r.name)]
    return found


def named(graph: Graph, kind: str) -> dict[str, Mapping[str, Any]]:
    """Inputs of every resource of a kind, by name."""
    return {r.name: r.inputs for r in graph if r.type.rpartition(":")[2] == kind}


def before(graph: Graph, resource: Resource) -> set[str]:
    """`Kind name` of everything that must be there first, and so goes last."""
    by_urn = {r.urn: r for r in graph}

    def walk(current: Resource) -> Iterator[Resource]:
        for urn in {*current.dependencies, current.provider or ""} & by_urn.keys():
            if urn not in seen:
                seen.add(urn)
                yield by_urn[urn]
                yield from walk(by_urn[urn])

    seen: set[str] = set()
    return {f"{r.type.rpartition(':')[2]} {r.name}" for r in walk(resource)}


def test_the_api_server_is_private_logged_and_encrypted() -> None:
    graph = clusters()
    inputs = one(graph, "Cluster").inputs
    assert inputs["name"] == "mlops-prod"
    assert inputs["vpcConfig"]["subnetIds"] == list(INTRA.values())
    assert inputs["vpcConfig"]["endpointPrivateAccess"] is True
    assert inputs["vpcConfig"]["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in inputs["vpcConfig"]
    assert set(inputs["enabledClusterLogTypes"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    key = one(graph, "Key", "cluster").outputs["arn"]
    assert inputs["encryptionConfig"] == {"provider": {"keyArn": key}, "resources": ["secrets"]}


def test_named_addresses_reach_it_from_outside_and_no_others() -> None:
    reach = one(clusters(public_access=["203.0.113.0/24"]), "Cluster").inputs["vpcConfig"]
    assert (reach["endpointPublicAccess"], reach["publicAccessCidrs"]) == (True, ["203.0.113.0/24"])
    assert reach["endpointPrivateAccess"] is True


def test_logs_are_kept_by_retention_in_a_group_that_is_there_before_eks_makes_its_own() -> None:
    graph = clusters(log_retention=90)
    logs = one(graph, "LogGroup")
    assert logs.inputs["name"] == "/aws/eks/mlops-prod/cluster"
    assert logs.inputs["retentionInDays"] == 90
    assert logs.inputs["kmsKeyId"] == one(graph, "Key", "cluster").outputs["arn"]
    assert "LogGroup cluster" in before(graph, one(graph, "Cluster"))


def test_access_is_by_entries_alone_one_for_each_role() -> None:
    graph = clusters(admins=[f"{ROLE}/admins"], operators=[f"{ROLE}/operators"], viewers=[f"{ROLE}/viewers"])
    access = one(graph, "Cluster").inputs["accessConfig"]
    assert access == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    rights = {
        inputs["principalArn"].rpartition("/")[2]: inputs["policyArn"].rpartition("/")[2]
        for name, inputs in named(graph, "AccessPolicyAssociation").items()
        if name != "auto-nodes"
    }
    assert rights == {
        "deployer": "AmazonEKSClusterAdminPolicy",
        "admins": "AmazonEKSClusterAdminPolicy",
        "operators": "AmazonEKSEditPolicy",
        "viewers": "AmazonEKSViewPolicy",
    }


def test_the_kubeconfig_signs_in_by_a_command_and_holds_no_token() -> None:
    graph = clusters()
    config = json.loads(graph.outputs["kubeconfig"])
    made = one(graph, "Cluster").outputs
    assert config["clusters"][0]["cluster"]["server"] == made["endpoint"]
    assert config["clusters"][0]["cluster"]["certificate-authority-data"] == made["certificateAuthority"]["data"]
    (user,) = config["users"]
    assert user["user"].keys() == {"exec"}
    assert user["user"]["exec"]["args"][:4] == ["eks", "get-token", "--cluster-name", "mlops-prod"]
    assert "eu-central-1" in user["user"]["exec"]["args"]


def test_auto_mode_is_all_on_and_in_node_groups_all_off() -> None:
    for graph, on in ((clusters(), True), (groups(), False)):
        inputs = one(graph, "Cluster").inputs
        assert inputs["computeConfig"] == {"enabled": on}
        assert inputs["storageConfig"]["blockStorage"]["enabled"] is on
        assert inputs["kubernetesNetworkConfig"]["elasticLoadBalancing"]["enabled"] is on
        assert inputs["bootstrapSelfManagedAddons"] is False


def test_pools_of_auto_mode_have_limits_zones_and_encrypted_disks() -> None:
    pools = [{"name": "general"}, {"name": "gpu", "gpu": True, "families": ["g6e"], "zones": ["b"], "disk": "200Gi"}]
    graph = clusters(compute={"kind": "auto", "pools": pools})
    classes, made = named(graph, "NodeClass"), named(graph, "NodePool")
    assert set(classes) == set(made) == {"general", "gpu"}
    general, gpu = (made[name]["spec"] for name in ("general", "gpu"))
    assert general["limits"] == {"cpu": "128"}
    assert gpu["limits"] == {"cpu": "128", "nvidia.com/gpu": "8"}
    assert "taints" not in general["template"]["spec"]
    assert gpu["template"]["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    requirements = {r["key"]: r["values"] for r in gpu["template"]["spec"]["requirements"]}
    assert requirements["topology.kubernetes.io/zone"] == ["eu-central-1b"]
    assert requirements["eks.amazonaws.com/instance-family"] == ["g6e"]
    spec = classes["gpu"]["spec"]
    assert spec["subnetSelectorTerms"] == [{"id": PRIVATE["eu-central-1b"]}]
    assert spec["ephemeralStorage"] == {"size": "200Gi", "kmsKeyID": one(graph, "Key", "volumes").outputs["arn"]}
    assert spec["tags"]["cost-center"] == "ml"
    group = one(graph, "Cluster").outputs["vpcConfig"]["clusterSecurityGroupId"]
    assert spec["securityGroupSelectorTerms"] == [{"id": group}]


def test_network_policies_mean_something_in_auto_mode() -> None:
    graph = clusters()
    assert named(graph, "NodeClass")["general"]["spec"]["networkPolicy"] == "DefaultAllow"
    switch = one(graph, "ConfigMap")
    assert switch.inputs["metadata"]["namespace"] == "kube-system"
    assert switch.inputs["data"] == {"enable-network-policy-controller": "true"}
    assert "ConfigMap amazon-vpc-cni" in before(graph, one(graph, "NodePool"))


def test_network_policies_mean_something_on_node_groups() -> None:
    assert json.loads(named(groups(), "Addon")["vpc-cni"]["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_a_reservation_is_the_only_source_of_reserved_nodes() -> None:
    reserved = {"capacity": "reserved", "capacity_reservation": "cr-0123456789abcdef0", "instance_types": ["g6.xlarge"]}
    graph = clusters(compute={"kind": "auto", "pools": [{"name": "general"}, {"name": "gpu", "gpu": True, **reserved}]})
    terms = named(graph, "NodeClass")["gpu"]["spec"]["capacityReservationSelectorTerms"]
    assert terms == [{"id": "cr-0123456789abcdef0"}]
    requirements = named(graph, "NodePool")["gpu"]["spec"]["template"]["spec"]["requirements"]
    assert {r["key"]: r["values"] for r in requirements}["karpenter.sh/capacity-type"] == ["reserved"]


def test_built_in_pools_have_a_role_of_their_own_so_that_eks_and_we_make_different_entries() -> None:
    graph = clusters(compute={"kind": "auto", "built_in": ["system"]})
    config = one(graph, "Cluster").inputs["computeConfig"]
    assert config["nodePools"] == ["system"]
    entries = {inputs["principalArn"] for inputs in named(graph, "AccessEntry").values()}
    assert config["nodeRoleArn"] == one(graph, "Role", "built-in-nodes").outputs["arn"]
    assert config["nodeRoleArn"] not in entries
    assert one(graph, "Role", "nodes").outputs["arn"] in entries


@pytest.mark.parametrize("graph", ["auto", "gpu"], indirect=True)
def test_nodes_have_no_more_rights_than_eks_documents(graph: Graph) -> None:
    role = one(graph, "Role", "nodes")
    attached = {
        inputs["policyArn"].rpartition("/")[2]
        for inputs in named(graph, "RolePolicyAttachment").values()
        if inputs["role"] == role.outputs["name"]
    }
    assert attached == {"AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"}
    assert all(inputs["role"] != role.outputs["name"] for inputs in named(graph, "RolePolicy").values())


def test_node_groups_take_imdsv2_within_one_hop_on_encrypted_tagged_disks_without_ssh() -> None:
    graph = groups(GPU)
    key = one(graph, "Key", "volumes").outputs["arn"]
    for name, template in named(graph, "LaunchTemplate").items():
        assert template["metadataOptions"]["httpTokens"] == "required", name
        assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
        assert "keyName" not in template
        disks = [device["ebs"] for device in template["blockDeviceMappings"]]
        assert {(d["encrypted"], d["kmsKeyId"], d["volumeType"]) for d in disks} == {("true", key, "gp3")}
        tags = {spec["resourceType"]: spec["tags"]["cost-center"] for spec in template["tagSpecifications"]}
        assert tags == {"instance": "ml", "volume": "ml", "network-interface": "ml"}
    assert all("remoteAccess" not in group for group in named(graph, "NodeGroup").values())


def test_gpu_groups_are_tainted_and_bring_drivers_and_device_plugin() -> None:
    made = named(groups(GPU), "NodeGroup")
    assert made["gpu"]["amiType"] == "BOTTLEROCKET_x86_64_NVIDIA"
    assert made["gpu"]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]
    assert made["general"]["amiType"] == "AL2023_x86_64_STANDARD"
    assert "taints" not in made["general"]
    assert named(groups({**GPU, "image": "al2023"}), "NodeGroup")["gpu"]["amiType"] == "AL2023_x86_64_NVIDIA"


def test_an_image_is_of_its_machines_architecture() -> None:
    arm = {"name": "arm", "instance_types": ["m7g.large"], "image": "bottlerocket"}
    assert named(groups(arm), "NodeGroup")["arm"]["amiType"] == "BOTTLEROCKET_ARM_64"


def test_a_group_per_zone_is_in_its_zone_alone_and_removing_a_zone_moves_no_other() -> None:
    spread = named(groups({**GPU, "per_zone": True}), "NodeGroup")
    subnets = {name: group["subnetIds"] for name, group in spread.items() if name != "general"}
    assert subnets == {f"gpu-{zone}": [PRIVATE[zone]] for zone in ZONES}
    fewer = named(groups({**GPU, "per_zone": True, "zones": ["b"]}), "NodeGroup")
    assert fewer["gpu-eu-central-1b"] == spread["gpu-eu-central-1b"]
    assert set(fewer) == {"general", "gpu-eu-central-1b"}


def test_whoever_scales_a_group_is_left_alone() -> None:
    graph = groups()
    assert one(graph, "NodeGroup").inputs["scalingConfig"] == {"minSize": 3, "maxSize": 6, "desiredSize": 3}


def test_a_capacity_block_is_named_in_the_template_with_its_type() -> None:
    block = {
        "name": "block",
        "gpu": True,
        "instance_types": ["p4d.24xlarge"],
        "capacity": "capacity_block",
        "capacity_reservation": "cr-0123456789abcdef0",
        "zones": ["a"],
    }
    graph = groups(block)
    template, group = named(graph, "LaunchTemplate")["block"], named(graph, "NodeGroup")["block"]
    assert template["instanceType"] == "p4d.24xlarge"
    assert template["instanceMarketOptions"] == {"marketType": "capacity-block"}
    target = template["capacityReservationSpecification"]["capacityReservationTarget"]
    assert target == {"capacityReservationId": "cr-0123456789abcdef0"}
    assert (group["capacityType"], "instanceTypes" in group) == ("CAPACITY_BLOCK", False)


def test_nodes_and_add_ons_follow_the_cluster_s_version() -> None:
    old, new = groups(version="1.34"), groups(version="1.35")
    assert one(old, "NodeGroup").inputs["version"] == one(old, "Cluster").inputs["version"] == "1.34"
    assert one(new, "NodeGroup").inputs["version"] == "1.35"
    assert "Cluster cluster" in before(new, one(new, "NodeGroup"))
    assert named(new, "Addon")["kube-proxy"]["addonVersion"].startswith("v1.35.")


def test_add_ons_are_pinned_and_auto_mode_needs_but_one() -> None:
    assert set(named(clusters(), "Addon")) == {"metrics-server"}
    made = named(groups(), "Addon")
    assert set(made) == {
        "vpc-cni",
        "kube-proxy",
        "coredns",
        "eks-pod-identity-agent",
        "aws-ebs-csi-driver",
        "metrics-server",
    }
    assert all(addon["addonVersion"].startswith("v") for addon in made.values())


def test_add_ons_that_call_aws_have_roles_of_their_own() -> None:
    graph = groups()
    pods = {inputs["serviceAccount"]: inputs["namespace"] for inputs in named(graph, "PodIdentityAssociation").values()}
    assert pods == {"aws-node": "kube-system", "ebs-csi-controller-sa": "kube-system"}
    addon = one(graph, "Addon", "aws-ebs-csi-driver")
    assert "PodIdentityAssociation aws-ebs-csi-driver" in before(graph, addon)
    key = one(graph, "Key", "volumes").outputs["arn"]
    document = json.loads(named(graph, "RolePolicy")["aws-ebs-csi-driver"]["policy"])
    assert {statement["Resource"] for statement in document["Statement"]} == {key}


def test_only_auto_scaling_s_own_role_may_use_the_volumes_key_by_its_policy() -> None:
    def statements(graph: Graph) -> dict[str, Any]:
        document = json.loads(one(graph, "Key", "volumes").inputs["policy"])
        return {statement["Sid"]: statement for statement in document["Statement"]}

    assert set(statements(clusters())) == {"Account"}
    by_group = statements(groups())
    assert set(by_group) == {"Account", "NodeDisks", "NodeDiskGrants"}
    role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    for sid in ("NodeDisks", "NodeDiskGrants"):
        condition = by_group[sid]["Condition"]["StringEquals"]
        assert condition == {"aws:PrincipalArn": f"arn:aws:iam::111122223333:{role}"}


@pytest.mark.parametrize(
    ("graph", "driver"),
    [("auto", "ebs.csi.eks.amazonaws.com"), ("groups", "ebs.csi.aws.com")],
    indirect=["graph"],
)
def test_volumes_are_encrypted_with_the_environment_s_key_and_kept(graph: Graph, driver: str) -> None:
    made = one(graph, "StorageClass").inputs
    assert made["provisioner"] == driver
    assert made["parameters"]["kmsKeyId"] == one(graph, "Key", "volumes").outputs["arn"]
    assert (made["parameters"]["type"], made["parameters"]["encrypted"]) == ("gp3", "true")
    assert "cost-center=ml" in made["parameters"].values()
    assert made["reclaimPolicy"] == "Retain"
    assert made["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}


def test_protection_is_in_pulumi_in_eks_and_on_volumes_and_can_be_off() -> None:
    kept, thrown = clusters(), clusters(protection="off")
    for graph, on in ((kept, True), (thrown, False)):
        made = one(graph, "Cluster")
        assert (made.protect, made.inputs["deletionProtection"]) == (on, on)
        assert {key.protect for key in graph if key.type == "aws:kms/key:Key"} == {on}
    assert one(thrown, "StorageClass").inputs["reclaimPolicy"] == "Delete"


@pytest.mark.parametrize("graph", ["auto", "gpu"], indirect=True)
def test_it_goes_objects_first_then_nodes_then_add_ons_of_the_network_then_the_cluster(graph: Graph) -> None:
    nodes = {f"{r.type.rpartition(':')[2]} {r.name}" for r in graph if r.name in ("general", "gpu")} - {"Role"}
    last = before(graph, one(graph, "StorageClass"))
    assert {name for name in nodes if name.startswith(("NodeGroup", "NodePool"))} <= last
    assert "AccessPolicyAssociation ci.deployer" in last
    for pool in (r for r in graph if r.type.rpartition(":")[2] in ("NodeGroup", "NodePool")):
        needed = before(graph, pool)
        assert "Cluster cluster" in needed
        assert {"RolePolicyAttachment nodes-AmazonEKSWorkerNodeMinimalPolicy"} <= needed
        if pool.type.endswith("NodeGroup"):
            assert {"Addon vpc-cni", "Addon kube-proxy", "Addon eks-pod-identity-agent"} <= needed
    if "Addon coredns" in last:
        assert "NodeGroup general" in before(graph, one(graph, "Addon", "coredns"))


def test_traffic_shifts_away_from_a_zone_only_where_it_is_said() -> None:
    assert "zonalShiftConfig" not in one(clusters(), "Cluster").inputs
    for on in (True, False):
        assert one(clusters(zonal_shift=on), "Cluster").inputs["zonalShiftConfig"] == {"enabled": on}


def test_the_support_that_is_paid_for_is_what_aws_is_told() -> None:
    assert "upgradePolicy" not in one(clusters(), "Cluster").inputs
    assert one(clusters(support="standard"), "Cluster").inputs["upgradePolicy"] == {"supportType": "STANDARD"}
    assert one(clusters(support="extended"), "Cluster").inputs["upgradePolicy"] == {"supportType": "EXTENDED"}


def test_an_existing_cluster_is_used_as_it_is() -> None:
    endpoint = "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com"
    graph = clusters(
        kind="existing_eks",
        name="ml",
        endpoint=endpoint,
        certificate_authority="LS0tLS1CRUdJTg==",
        security_group_id="sg-0123456789abcdef0",
    )
    assert [r.name for r in graph if r.type.startswith("aws:")] == []
    config = json.loads(graph.outputs["kubeconfig"])
    assert config["clusters"][0]["cluster"] == {
        "server": endpoint,
        "certificate-authority-data": "LS0tLS1CRUdJTg==",
    }
    assert graph.outputs["cluster_name"] == "ml"
