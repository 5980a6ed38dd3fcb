"""The rules that every workload of the platform keeps, whatever component declares it and whatever the profile."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from infra.catalog import images
from infra.graph import Graph, capture_environment
from infra.graph.export import to_json
from infra.graph.kubernetes import objects
from infra.settings import RootSecret, load, placeholder_root_secret
from tests.unit.workloads import Workload, of_kind, references, selects, workloads

# Workload (`Kind namespace/name`) → why it can't be held to Pod Security `restricted`.
NOT_RESTRICTED: Mapping[str, str] = {}
_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


@pytest.fixture(params=["small", "medium", "large"])
def graph(request: pytest.FixtureRequest, graph_of_profile: Callable[[str], Graph]) -> Graph:
    return graph_of_profile(request.param)


def test_there_are_workloads_to_look_at(graph: Graph) -> None:
    assert {"Deployment", "StatefulSet"} <= {workload.item.kind for workload in workloads(graph)}


def test_each_workload_runs_under_a_service_account_of_its_own(graph: Graph) -> None:
    accounts = {(item.namespace, item.name) for item in of_kind(graph, "ServiceAccount")}
    used = Counter((w.item.namespace, w.pod.get("serviceAccountName", "default")) for w in workloads(graph))
    assert set(used) <= accounts
    assert [account for account, count in used.items() if count > 1] == []


def test_only_pods_that_call_the_api_mount_a_token(graph: Graph) -> None:
    bound = {
        (subject.get("namespace"), subject["name"])
        for kind in ("RoleBinding", "ClusterRoleBinding")
        for item in of_kind(graph, kind)
        for subject in item.manifest["subjects"]
        if subject["kind"] == "ServiceAccount"
    }
    wrong = [
        str(w)
        for w in workloads(graph)
        if w.pod.get("automountServiceAccountToken", True)
        and (w.item.namespace, w.pod["serviceAccountName"]) not in bound
    ]
    assert wrong == []


def _broken_restrictions(workload: Workload) -> list[str]:
    pod = workload.pod.get("securityContext", {})
    broken = [key for key in ("hostNetwork", "hostPID", "hostIPC") if workload.pod.get(key)]
    broken += [f"volume {v['name']}" for v in workload.pod.get("volumes", ()) if not (set(v) - {"name"}) <= _VOLUMES]
    for container in workload.containers:
        own: Mapping[str, Any] = {**pod, **container.get("securityContext", {})}
        allowed = {
            "runAsNonRoot": own.get("runAsNonRoot") is True,
            "runAsUser": own.get("runAsUser") != 0,
            "seccompProfile": own.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "privileged": not own.get("privileged"),
            "capabilities.drop": "ALL" in own.get("capabilities", {}).get("drop", ()),
            "capabilities.add": set(own.get("capabilities", {}).get("add", ())) <= {"NET_BIND_SERVICE"},
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", ())),
        }
        broken += [f"{container['name']}: {rule}" for rule, kept in allowed.items() if not kept]
    return broken


def test_pods_are_restricted_unless_an_exception_gives_its_reason(graph: Graph) -> None:
    broken = {str(w): found for w in workloads(graph) if (found := _broken_restrictions(w))}
    assert {name: found for name, found in broken.items() if name not in NOT_RESTRICTED} == {}


def test_no_container_writes_to_its_root_file_system(graph: Graph) -> None:
    wrong = [
        f"{w}: {c['name']}"
        for w in workloads(graph)
        for c in w.containers
        if not c.get("securityContext", {}).get("readOnlyRootFilesystem")
    ]
    assert wrong == []


def test_every_container_requests_and_limits_cpu_and_memory(graph: Graph) -> None:
    missing = [
        f"{w}: {c['name']}: {part}.{resource}"
        for w in workloads(graph)
        for c in w.containers
        for part in ("requests", "limits")
        for resource in ("cpu", "memory")
        if resource not in c.get("resources", {}).get(part, {})
    ]
    assert missing == []


def test_what_runs_for_long_is_probed_for_readiness_and_for_life(graph: Graph) -> None:
    missing = [
        f"{w}: {c['name']}: {probe}"
        for w in workloads(graph)
        for c in w.long_running_containers
        for probe in ("readinessProbe", "livenessProbe")
        if probe not in c
    ]
    assert missing == []


def test_replicated_workloads_are_spread_and_keep_some_pods_through_a_drain(graph: Graph) -> None:
    budgets = of_kind(graph, "PodDisruptionBudget")
    replicated = [w for w in workloads(graph) if w.replicas > 1]
    unprotected = [
        str(w)
        for w in replicated
        if not any(
            b.namespace == w.item.namespace and selects(b.manifest["spec"]["selector"], w.labels) for b in budgets
        )
    ]
    assert unprotected == []
    assert [str(w) for w in replicated if not w.pod.get("topologySpreadConstraints")] == []


def test_no_disruption_budget_blocks_every_drain(graph: Graph) -> None:
    by_labels = [(w.item.namespace, w.labels, w.replicas) for w in workloads(graph)]
    blocking = [
        b.name
        for b in of_kind(graph, "PodDisruptionBudget")
        for namespace, labels, replicas in by_labels
        if namespace == b.namespace
        and selects(b.manifest["spec"]["selector"], labels)
        and (b.manifest["spec"].get("maxUnavailable") == 0 or b.manifest["spec"].get("minAvailable", 0) == replicas)
    ]
    assert blocking == []


def test_larger_profiles_do_replicate(graph_of_profile: Callable[[str], Graph]) -> None:
    assert any(w.replicas > 1 for w in workloads(graph_of_profile("large")))


def test_a_network_policy_names_who_may_talk_to_each_workload(graph: Graph) -> None:
    policies = [(p.namespace, p.manifest["spec"]) for p in of_kind(graph, "NetworkPolicy")]
    open_ = [
        str(w)
        for w in workloads(graph)
        if not any(ns == w.item.namespace and selects(spec["podSelector"], w.labels) for ns, spec in policies)
    ]
    assert open_ == []


def test_every_image_is_pinned_as_in_the_catalog(graph: Graph) -> None:
    pinned = {image.reference for image in images().values()}
    foreign = [f"{w}: {c['image']}" for w in workloads(graph) for c in w.containers if c["image"] not in pinned]
    assert foreign == []


def test_every_namespace_enforces_restricted_and_starts_closed(graph: Graph) -> None:
    closed = {
        p.namespace
        for p in of_kind(graph, "NetworkPolicy")
        if p.manifest["spec"]["podSelector"] == {}
        and set(p.manifest["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        and not p.manifest["spec"].get("ingress")
    }
    namespaces = of_kind(graph, "Namespace")
    assert {n.name for n in namespaces} == closed
    for namespace in namespaces:
        assert namespace.manifest["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


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
