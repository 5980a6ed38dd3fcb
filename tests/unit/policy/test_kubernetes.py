"""The rules over pods and namespaces, each broken once in the graph of `local`."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from infra.graph import Graph
from infra.policy import check, kubernetes
from infra.policy.workloads import workloads

Edit = Callable[[dict[str, Any]], object]


def _edited(graph: Graph, kind: str, name: str, edit: Edit) -> Graph:
    """The graph with one object edited, and no other."""
    resources = list(graph)
    (place,) = [
        number
        for number, r in enumerate(resources)
        if r.type.endswith(f":{kind}") and r.inputs["metadata"]["name"] == name
    ]
    inputs = copy.deepcopy(dict(resources[place].inputs))
    edit(inputs)
    resources[place] = replace(resources[place], inputs=inputs)
    return Graph(graph.stack, tuple(resources))


def _pod(edit: Edit) -> Edit:
    return lambda inputs: edit(inputs["spec"]["template"]["spec"])


def _container(edit: Edit) -> Edit:
    return _pod(lambda pod: edit(pod["containers"][0]))


def _delete(key: str) -> Edit:
    return lambda inputs: inputs.pop(key)


def _set(**values: Any) -> Edit:
    return lambda inputs: inputs.update(values)


_NOBODY = {"podSelector": {"matchLabels": {"nobody": "here"}}}
_HOST = {"name": "host", "hostPath": {"path": "/"}}
# Rule, kind and name of the object, edit, what is said.
CASES: dict[str, tuple[str, str, str, Edit]] = {
    "a foreign account": ("service-account", "Deployment", "tracking", _pod(_set(serviceAccountName="default"))),
    "a token": ("api-token", "Deployment", "tracking", _pod(_set(automountServiceAccountToken=True))),
    "the node's network": ("restricted", "Deployment", "tracking", _pod(_set(hostNetwork=True))),
    "the node's files": ("restricted", "Deployment", "tracking", _pod(lambda pod: pod["volumes"].append(_HOST))),
    "root": ("restricted", "Deployment", "registry", _container(_set(securityContext={"runAsUser": 0}))),
    "its own disk": (
        "read-only-root",
        "Deployment",
        "registry",
        _container(lambda c: c["securityContext"].update(readOnlyRootFilesystem=False)),
    ),
    "no limit": ("resources", "Deployment", "registry", _container(_set(resources={"requests": {"cpu": "1"}}))),
    "no probe": ("probes", "Deployment", "registry", _container(_delete("readinessProbe"))),
    "together": ("replicas", "Deployment", "registry", _pod(_delete("topologySpreadConstraints"))),
    "no drain": ("drains", "PodDisruptionBudget", "registry", lambda o: o["spec"].update(minAvailable=2)),
    "anybody": (
        "network-policy",
        "NetworkPolicy",
        "registry-server",
        lambda o: o["spec"].update(_NOBODY),
    ),
    "an open namespace": ("closed-namespace", "Namespace", "mlops-registry", lambda o: o["metadata"].update(labels={})),
    "latest": ("pinned-image", "Deployment", "registry", _container(_set(image="registry:latest"))),
}


@pytest.fixture(scope="module")
def medium(graph_of_profile: Callable[[str], Graph]) -> Graph:
    """With replicas."""
    return graph_of_profile("medium")


@pytest.mark.parametrize("profile", ["small", "medium", "large"])
def test_every_profile_keeps_every_rule(profile: str, graph_of_profile: Callable[[str], Graph]) -> None:
    graph = graph_of_profile(profile)
    assert {"Deployment", "StatefulSet"} <= {workload.item.kind for workload in workloads(graph)}
    assert [f"{v.type} {v.name}: {v.message} ({v.rule})" for v in check(graph)] == []


@pytest.mark.parametrize("case", CASES)
def test_a_rule_finds_what_breaks_it(case: str, medium: Graph) -> None:
    rule, kind, name, edit = CASES[case]
    assert rule in {violation.rule for violation in check(_edited(medium, kind, name, edit))}


def test_every_rule_is_broken_by_some_case() -> None:
    assert {rule.name for rule in kubernetes.RULES} == {rule for rule, *_ in CASES.values()}


def test_two_workloads_do_not_share_an_account(medium: Graph) -> None:
    account = next(w for w in workloads(medium) if w.item.name == "tracking").account[1]
    schema = next(w for w in workloads(medium) if w.item.kind == "Job" and w.item.name.startswith("tracking-schema"))
    shared = _edited(medium, "Job", schema.item.name, _pod(_set(serviceAccountName=account)))
    found = [v.message for v in check(shared) if v.rule == "service-account"]
    assert found == ["shares its ServiceAccount with another workload"] * 2


def test_what_a_drain_takes_is_kept_by_a_budget(medium: Graph) -> None:
    bare = Graph(medium.stack, tuple(r for r in medium if not r.type.endswith(":PodDisruptionBudget")))
    assert {v.rule for v in check(bare)} == {"replicas"}


def test_an_exception_is_about_a_workload_that_exists(medium: Graph) -> None:
    assert set(kubernetes.NOT_RESTRICTED) <= {str(workload) for workload in workloads(medium)}
