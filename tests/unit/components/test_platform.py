"""The frame that every capability stands in."""

from infra.graph import Graph
from tests.unit.components.environment import environment, manifests


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
