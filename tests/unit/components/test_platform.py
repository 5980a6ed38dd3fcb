"""The frame that every capability stands in."""

import pytest
import yaml

from infra.graph import Graph
from infra.paths import PROJECT
from infra.settings.capabilities import EksCluster
from infra.settings.reference import example
from tests.unit.components.environment import environment, manifests
from tests.unit.settings.good import complete


def test_every_object_goes_to_the_one_cluster_that_is_named(local_graph: Graph) -> None:
    providers = [resource for resource in local_graph if resource.type == "pulumi:providers:kubernetes"]
    assert len(providers) == 1
    used = {resource.provider for resource in local_graph if resource.type.startswith("kubernetes:")}
    assert used == {providers[0].urn}


def test_a_context_is_named_for_an_existing_cluster_alone() -> None:
    def context(graph: Graph) -> object:
        return next(r for r in graph if r.type == "pulumi:providers:kubernetes").inputs.get("context")

    assert context(environment()) is None
    assert context(environment(cluster={"kind": "existing", "context": "edge"})) == "edge"


def test_another_kubeconfig_for_the_same_environment_replaces_nothing(local_graph: Graph) -> None:
    provider = next(r for r in local_graph if r.type == "pulumi:providers:kubernetes")
    assert provider.inputs["clusterIdentifier"] == "local"


def test_an_installation_says_which_it_is() -> None:
    data = manifests(environment(namespace_prefix="ml"))["ConfigMap", "ml-system", "groundwork-environment"]["data"]
    assert data["environment"] == "local"
    assert data["profile"] == "small"
    assert data["version"]


def _on_eks(compute: str) -> Graph:
    return environment(**complete({"cluster": {**example(EksCluster), "compute": EKS[compute]}}))


EKS = {
    "auto": {"kind": "auto"},
    "node_groups": {"kind": "node_groups", "groups": [{"name": "general", "instance_types": ["m7i.large"]}]},
}


@pytest.mark.parametrize("compute", EKS)
def test_on_eks_its_objects_come_after_the_nodes_and_go_before_them(compute: str) -> None:
    graph = _on_eks(compute)
    by_name = {f"{r.type.rpartition(':')[2]} {r.name}": r for r in graph}
    provider = by_name["kubernetes cluster"]
    needed = {f"{r.type.rpartition(':')[2]} {r.name}" for r in graph if r.urn in provider.dependencies}
    nodes = {"auto": "NodePool general", "node_groups": "NodeGroup general"}[compute]
    assert {nodes, "Cluster cluster", "StorageClass gp3-encrypted", "Addon metrics-server"} <= needed
    assert provider.inputs["kubeconfig"] == graph.outputs["kubeconfig"]
    assert by_name["Namespace mlops-system"].provider == provider.urn


def test_on_eks_volumes_are_of_the_encrypted_storage_class_unless_settings_name_another() -> None:
    def classes(graph: Graph) -> set[str | None]:
        claims = (m for (kind, _, _), m in manifests(graph).items() if kind == "PersistentVolumeClaim")
        return {claim["spec"].get("storageClassName") for claim in claims}

    assert classes(_on_eks("auto")) == {"gp3-encrypted"}
    settings = {**complete({"cluster": {**example(EksCluster), "compute": EKS["auto"]}}), "storage_class": "fast"}
    assert classes(environment(**settings)) == {"fast"}
    assert classes(environment()) == {None}


def test_no_resource_can_go_by_a_default_provider() -> None:
    disabled = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]["pulumi:disable-default-providers"]
    packages = {r.type.partition(":")[0] for r in _on_eks("auto") if r.custom} - {"pulumi"}
    assert packages == set(disabled["value"])
