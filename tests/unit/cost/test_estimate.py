"""Estimates, against arithmetic by hand."""

from datetime import date

import pytest

from infra.cost import estimate
from infra.cost.pods import Room, nodes, quantity, request
from infra.errors import UserError
from infra.graph import capture_environment
from infra.graph.model import Graph, Resource
from infra.settings import load, placeholder_root_secret
from tests.unit.cost.graphs import ON, component, costs, graph, kubernetes, lines, resource, workload

CLUSTER = resource(
    "aws:eks/cluster:Cluster",
    "prod",
    {"version": "1.35", "upgradePolicy": {"supportType": "STANDARD"}},
    component="eks",
)
ZONES = [resource("aws:ec2/subnet:Subnet", zone, {"availabilityZone": f"eu-central-1{zone}"}) for zone in "ab"]


def test_a_worked_example() -> None:
    """Every price from AWS's pages for Frankfurt, every product by hand."""
    made = costs(
        component("eks"),
        component("network"),
        component("data"),
        CLUSTER,
        resource(
            "aws:ec2/launchTemplate:LaunchTemplate",
            "general",
            {"blockDeviceMappings": [{"ebs": {"volumeSize": 80}}]},
            component="eks",
            outputs={"id": "lt-1"},
        ),
        resource(
            "aws:eks/nodeGroup:NodeGroup",
            "general",
            {
                "instanceTypes": ["m6a.xlarge"],
                "scalingConfig": {"minSize": 2, "desiredSize": 2, "maxSize": 4},
                "launchTemplate": {"id": "lt-1", "version": "1"},
            },
            component="eks",
        ),
        resource("aws:ec2/natGateway:NatGateway", "nat", component="network"),
        resource("aws:ec2/eip:Eip", "nat", component="network"),
        resource(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            "ecr",
            {"vpcEndpointType": "Interface", "subnetIds": ["subnet-1", "subnet-2"]},
            component="network",
        ),
        resource("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", {"vpcEndpointType": "Gateway"}, component="network"),
        resource(
            "aws:rds/instance:Instance",
            "database",
            {
                "instanceClass": "db.m6g.large",
                "multiAz": True,
                "allocatedStorage": 100,
                "manageMasterUserPassword": True,
            },
            component="data",
        ),
        resource("aws:s3/bucket:Bucket", "artifacts", component="data"),
        resource("aws:kms/key:Key", "data", component="data"),
        resource("aws:cloudwatch/logGroup:LogGroup", "audit", {"retentionInDays": 304}, component="data"),
    )
    assert lines(made) == {
        "control plane": 73.00,  # 730 x 0.10
        "2 x m6a.xlarge": 302.22,  # 2 x 730 x 0.207
        "disks of nodes": 15.23,  # 2 x 80 x 0.0952
        "NAT gateway": 37.96,  # 730 x 0.052
        "data through NAT": 5.20,  # 100 x 0.052
        "public IPv4 address": 3.65,  # 730 x 0.005
        "2 x interface endpoint in a zone": 17.52,  # 2 x 730 x 0.012
        "data through the endpoint": 0.50,  # 50 x 0.01
        "2 x db.m6g.large": 275.94,  # 2 x 730 x 0.189
        "database storage": 27.40,  # 2 x 100 x 0.137
        "secret of the master user": 0.40,
        "S3 Standard": 2.45,  # 100 x 0.0245
        "write requests": 0.54,  # 100,000 x 0.0000054
        "read requests": 0.43,  # 1,000,000 x 0.00000043
        "KMS key": 1.00,
        "requests": 0.30,  # 100,000 x 0.000003
        "logs": 3.15,  # 5 x 0.63
        "logs kept": 0.22,  # 5 x 10 months x 15 % x 0.03
    }
    assert made.usd == pytest.approx(767.12, abs=0.01)
    assert list(made.components) == ["eks", "data", "network"]
    assert made.unpriced == {} and made.gaps == ()


@pytest.mark.parametrize(
    ("support", "on", "usd", "warned"),
    [
        ("STANDARD", date(2027, 6, 1), 73.0, False),
        ("EXTENDED", date(2027, 3, 27), 73.0, True),
        ("EXTENDED", date(2027, 3, 28), 438.0, False),
    ],
)
def test_extended_support_costs_from_its_day_on(support: str, on: date, usd: float, warned: bool) -> None:
    inputs = {"version": "1.35", "upgradePolicy": {"supportType": support}}
    made = costs(resource("aws:eks/cluster:Cluster", "prod", inputs), on=on)
    assert made.usd == pytest.approx(usd)
    assert any("after 2027-03-27" in gap for gap in made.gaps) is warned


def test_a_gpu_group_that_starts_from_none_costs_by_the_hour() -> None:
    group = resource(
        "aws:eks/nodeGroup:NodeGroup",
        "training",
        {"instanceTypes": ["g6e.xlarge"], "scalingConfig": {"minSize": 0, "desiredSize": 0}, "diskSize": 73},
    )
    assert lines(costs(group)) == {"g6e.xlarge": 372.32, "disk of the node": 1.52}  # 160 x 2.327; 73 x 160/730 x 0.0952
    assert lines(costs(group, given={"gpu_hours": 10})) == {"g6e.xlarge": 23.27, "disk of the node": 0.10}
    assert lines(costs(group, given={"gpu_hours@training": 0})) == {}


def test_spot_and_a_choice_of_types_are_said_to_be_rough() -> None:
    inputs = {"instanceTypes": ["m7g.large", "m6g.large"], "scalingConfig": {"desiredSize": 1}, "capacityType": "SPOT"}
    made = costs(resource("aws:eks/nodeGroup:NodeGroup", "batch", inputs))
    assert [gap.partition(":")[0] for gap in made.gaps] == ["batch", "batch"]
    assert "the first of 2" in made.gaps[0] and "spot" in made.gaps[1]
    from_none = {"instanceTypes": ["g6e.xlarge"], "scalingConfig": {"desiredSize": 0}, "capacityType": "SPOT"}
    assert "spot" in costs(resource("aws:eks/nodeGroup:NodeGroup", "gpu", from_none)).gaps[0]


def _pool(name: str, requirements: dict[str, list[str]], **spec: object) -> Resource:
    listed = [{"key": key, "operator": "In", "values": values} for key, values in requirements.items()]
    template = {"requirements": listed, "nodeClassRef": {"name": name}, **spec}
    return kubernetes("karpenter.sh/v1:NodePool", name, {"template": {"spec": template}})


AUTO = resource(
    "aws:eks/cluster:Cluster",
    "prod",
    {"version": "1.35", "upgradePolicy": {"supportType": "STANDARD"}, "computeConfig": {"enabled": True}},
)


def test_auto_mode_costs_the_nodes_that_the_pods_fill() -> None:
    """Six pods of one core and 3 GiB: three on each m6a.xlarge (3.92 cores for pods) or all on one m6a.2xlarge, which
    needs one disk less."""
    made = costs(AUTO, workload("tracking", 6, "1", "3Gi"), _pool("general", {"kubernetes.io/arch": ["amd64"]}))
    assert lines(made) == {
        "control plane": 73.00,
        "m6a.2xlarge": 302.22,  # 730 x 0.414
        "Auto Mode": 36.27,  # 12 %
        "disks of nodes": 7.62,  # 80 x 0.0952
    }
    assert "1 x m6a.2xlarge is what 6 pods of 6.0 cores and 18.0 GiB fill" in made.gaps[0]


def test_auto_mode_without_pools_of_its_own_costs_the_same() -> None:
    pods = workload("tracking", 6, "1", "3Gi")
    pooled = costs(AUTO, pods, _pool("general", {}))
    assert costs(AUTO, pods).usd == pytest.approx(pooled.usd)


def test_replicas_that_are_spread_need_a_node_in_each_zone() -> None:
    spread = {"topologySpreadConstraints": [{"topologyKey": "topology.kubernetes.io/zone"}]}
    made = costs(AUTO, *ZONES, workload("tracking", 3, "100m", "1Gi", **spread))
    assert "2 x m6a.large" in lines(made) or "2 x c6a.large" in lines(made)


def test_gpu_pools_cost_by_the_hour_and_take_no_other_pods() -> None:
    general = _pool("general", {"node.kubernetes.io/instance-type": ["m6a.xlarge"]})
    gpu = _pool(
        "gpu",
        {"node.kubernetes.io/instance-type": ["g6e.2xlarge", "g6e.xlarge"]},
        taints=[{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
    )
    made = costs(AUTO, workload("tracking", 1, "1", "3Gi"), gpu, general)
    assert lines(made)["g6e.xlarge"] == 372.32
    assert lines(made)["m6a.xlarge"] == 151.11


def test_a_pod_that_fits_nowhere_is_said() -> None:
    small = _pool("general", {"node.kubernetes.io/instance-type": ["m6a.large"]})
    made = costs(AUTO, workload("tracking", 1, "4", "3Gi"), small)
    assert "fits on none" in made.gaps[0]


def test_pods_on_a_cluster_of_somebody_else_are_said_to_be_left_out() -> None:
    made = costs(workload("tracking", 2, "500m", "1Gi"))
    assert "2 pods of 1.0 cores and 2.0 GiB take of its nodes is not in the sum" in made.gaps[0]


def test_volumes_and_balancers_that_kubernetes_makes() -> None:
    claim = {"resources": {"requests": {"storage": "20Gi"}}}
    made = costs(
        *ZONES,
        kubernetes("core/v1:PersistentVolumeClaim", "dumps", claim),
        kubernetes(
            "apps/v1:StatefulSet",
            "database",
            {"replicas": 2, "volumeClaimTemplates": [{"spec": claim}], "template": {"spec": {}}},
        ),
        kubernetes("networking.k8s.io/v1:IngressClass", "alb", {"controller": "eks.amazonaws.com/alb"}),
        *(
            kubernetes(
                "networking.k8s.io/v1:Ingress",
                name,
                {"ingressClassName": "alb"},
                annotations={
                    "alb.ingress.kubernetes.io/group.name": "platform",
                    "alb.ingress.kubernetes.io/scheme": "internet-facing",
                },
            )
            for name in ("tracking", "grafana")
        ),
        kubernetes("networking.k8s.io/v1:Ingress", "other", {"ingressClassName": "nginx"}),
        kubernetes("core/v1:Service", "inner", {"type": "ClusterIP"}),
    )
    assert lines(made) == {
        "gp3 volume": 1.90,  # 20 x 0.0952
        "gp3 volumes": 3.81,
        "application load balancer": 19.71,  # 730 x 0.027, once for the group
        "capacity, all month": 5.84,  # 730 x 0.008
        "2 x public IPv4 address": 7.30,
    }


def test_a_log_that_goes_to_a_bucket_is_charged_there_and_not_as_a_group() -> None:
    log = resource("aws:ec2/flowLog:FlowLog", "flow", {"logDestinationType": "s3"})
    assert lines(costs(log)) == {"flow logs": 2.85}
    assert lines(costs(resource("aws:ec2/flowLog:FlowLog", "flow", {"logDestinationType": "cloud-watch-logs"}))) == {}


def test_data_events_of_a_trail_cost_and_management_events_do_not() -> None:
    assert costs(resource("aws:cloudtrail/trail:Trail", "audit")).usd == 0
    recording = resource("aws:cloudtrail/trail:Trail", "audit", {"eventSelectors": [{"dataResources": [{}]}]})
    assert costs(recording).usd == pytest.approx(1.0)


def test_backups_that_are_copied_cost_twice() -> None:
    plan = {"rules": [{"ruleName": "daily", "copyActions": [{"destinationVaultArn": "arn"}]}, {"ruleName": "monthly"}]}
    assert lines(costs(resource("aws:backup/plan:Plan", "daily", plan))) == {"backups": 6.0, "copies of backups": 6.0}


def test_what_is_not_known_is_said_and_what_is_free_is_not() -> None:
    made = costs(
        resource("aws:iam/role:Role", "worker"),
        resource("aws:sagemaker/domain:Domain", "studio"),
        resource("aws:sagemaker/domain:Domain", "lab"),
        resource("aws:rds/instance:Instance", "database", {"instanceClass": "db.m8g.large", "allocatedStorage": 20}),
    )
    assert made.unpriced == {"aws:sagemaker/domain:Domain": 2}
    assert made.gaps == ("database: no price is known of db.m8g.large in eu-central-1",)
    derived = resource("aws:rds/instance:Instance", "database", {"instanceClass": "db.r7g.large"})
    assert costs(derived).gaps == ("database: db.r7g.large is priced as db.r6g.large times 1.062",)


def test_assumptions_that_mattered_are_kept_with_their_values() -> None:
    nat = [resource("aws:ec2/natGateway:NatGateway", name) for name in ("a", "b")]
    assert costs(*nat).assumptions == {"nat_gb": 100}
    narrowed = costs(*nat, given={"nat_gb@a": 1000, "nat_gb": 10})
    assert narrowed.assumptions == {"nat_gb": 10, "nat_gb@a": 1000}
    assert lines(narrowed)["data through NAT"] == 52.52  # 1010 x 0.052


def test_a_copy_in_another_region_is_priced_there() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "copy", {"region": "eu-west-1"})
    made = costs(bucket)
    assert made.regions == ("eu-west-1",) and lines(made)["S3 Standard"] == 2.30


def test_a_region_without_prices_is_refused_or_takes_those_of_another() -> None:
    stack = graph(resource("aws:ec2/natGateway:NatGateway", "nat"), region="eu-south-2")
    with pytest.raises(UserError, match=r"no prices are known of eu-south-2; known: us-east-1, .*--region"):
        estimate(stack, ON)
    assert estimate(stack, ON, region="eu-west-1").regions == ("eu-west-1",)


def test_what_is_not_on_aws_costs_nothing() -> None:
    local = Graph("local", (workload("tracking", 1, "1", "1Gi"),))
    assert (estimate(local, ON).usd, estimate(local, ON).regions) == (0, ())


def test_pods_are_packed_the_largest_first() -> None:
    node = Room(4, 16)
    assert nodes([Room(1, 2)] * 2 + [Room(3, 2)] * 2, node) == 2
    assert nodes([], node, at_least=2) == 2
    assert nodes([Room(5, 1)], node) is None


def test_a_pod_asks_for_its_containers_or_its_largest_start() -> None:
    def asks(cpu: str, memory: str, **more: str) -> dict[str, object]:
        return {"resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}

    pod = {
        "containers": [asks("250m", "1Gi"), asks("250m", "1Gi")],
        "initContainers": [asks("2", "512Mi"), asks("100m", "256Mi", restartPolicy="Always")],
    }
    assert request(pod) == Room(2, 2.25)
    assert request({"containers": [{"resources": {"limits": {"cpu": "1", "memory": "2Gi"}}}]}) == Room(1, 2)


@pytest.mark.parametrize(
    ("text", "value"), [("500m", 0.5), ("2", 2), ("1.5Gi", 1.5 * 2**30), ("1G", 1e9), ("100Ki", 102400), ("?", 0)]
)
def test_quantities(text: str, value: float) -> None:
    assert quantity(text) == value


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_every_resource_of_the_environments_is_priced_or_known_to_be_free(name: str) -> None:
    stack = load(name)
    made = estimate(capture_environment(stack, placeholder_root_secret(stack.settings)), ON)
    assert made.unpriced == {}
    assert [gap for gap in made.gaps if "no price is known" in gap] == []
