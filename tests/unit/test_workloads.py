"""The objects of an environment fit together, whatever component declares them and whatever the profile."""

import json
from collections.abc import Callable

import pytest

from infra.graph import Graph, capture_environment
from infra.graph.export import to_json
from infra.graph.kubernetes import objects
from infra.policy.workloads import of_kind, references, selects, workloads
from infra.settings import RootSecret, load, placeholder_root_secret


@pytest.fixture(params=["small", "medium", "large"])
def graph(request: pytest.FixtureRequest, graph_of_profile: Callable[[str], Graph]) -> Graph:
    return graph_of_profile(request.param)


def test_there_are_workloads_to_look_at(graph: Graph) -> None:
    assert {"Deployment", "StatefulSet"} <= {workload.item.kind for workload in workloads(graph)}


def test_larger_profiles_do_replicate(graph_of_profile: Callable[[str], Graph]) -> None:
    assert any(w.replicas > 1 for w in workloads(graph_of_profile("large")))


def test_objects_live_only_in_namespaces_that_the_platform_makes(graph: Graph) -> None:
    made = {n.name for n in of_kind(graph, "Namespace")}
    assert {item.namespace for item in objects(graph) if item.namespace} <= made


def test_what_a_pod_mounts_and_reads_is_declared_under_that_very_name_and_key(graph: Graph) -> None:
    keys = {
        (item.kind, item.namespace, item.name): set(item.manifest.get("data", {}))
        | set(item.manifest.get("stringData", {}))
        | set(item.manifest.get("binaryData", {}))
        for item in objects(graph)
    }
    missing = [
        f"{w}: {kind} {name} {key or ''}"
        for w in workloads(graph)
        for kind, name, key in references(w.pod)
        if (kind, w.item.namespace, name) not in keys or (key and key not in keys[kind, w.item.namespace, name])
    ]
    assert missing == []


def test_selectors_match_the_pods_of_their_own_workload(graph: Graph) -> None:
    wrong = [
        str(w)
        for w in workloads(graph)
        if "selector" in w.item.manifest["spec"] and not selects(w.item.manifest["spec"]["selector"], w.labels)
    ]
    assert wrong == []


def test_every_service_leads_to_a_port_that_some_pod_listens_on(graph: Graph) -> None:
    wrong = []
    for service in of_kind(graph, "Service"):
        spec = service.manifest["spec"]
        served = [
            port
            for w in workloads(graph)
            if w.item.namespace == service.namespace and selects({"matchLabels": spec["selector"]}, w.labels)
            for c in w.containers
            for port in c.get("ports", ())
        ]
        known = {p.get("name") for p in served} | {p["containerPort"] for p in served}
        wrong += [f"{service.name}: {p['port']}" for p in spec["ports"] if p.get("targetPort", p["port"]) not in known]
    assert wrong == []


def test_an_environment_is_the_same_graph_in_every_run(local_graph: Graph) -> None:
    stack = load("local")
    assert capture_environment(stack, placeholder_root_secret(stack.settings)) == local_graph


def test_no_derived_credential_is_in_the_json_of_a_graph() -> None:
    derived: list[bytes] = []

    class Watched(RootSecret):
        def derive(self, credential: str, length: int = 32) -> bytes:
            derived.append(super().derive(credential, length))
            return derived[-1]

    stack = load("local")
    placeholder = placeholder_root_secret(stack.settings)
    graph = capture_environment(stack, Watched(placeholder.value, placeholder.generations, placeholder.given))
    text = json.dumps(to_json(graph))
    assert derived
    assert [secret.hex() for secret in derived if secret.hex() in text] == []
