"""Simulations: what would not come up is found and told, and nothing is left behind."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
import pytest

from infra.errors import UserError
from infra.graph import capture
from infra.simulation import simulate
from infra.simulation.machines import machines


def _pod(name: str, cpu: str, *, privileged: bool = False) -> None:
    security = k8s.core.v1.SecurityContextArgs(
        privileged=privileged,
        allow_privilege_escalation=privileged,
        run_as_non_root=True,
        capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
        seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
    )
    k8s.core.v1.Pod(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace="team"),
        spec=k8s.core.v1.PodSpecArgs(
            containers=[
                k8s.core.v1.ContainerArgs(
                    name="main",
                    image="example.com/main:1",
                    security_context=security,
                    resources=k8s.core.v1.ResourceRequirementsArgs(requests={"cpu": cpu}),
                )
            ]
        ),
    )


def _program() -> None:
    k8s.core.v1.Namespace(
        "team",
        metadata=k8s.meta.v1.ObjectMetaArgs(name="team", labels={"pod-security.kubernetes.io/enforce": "restricted"}),
    )
    _pod("fits", "1")
    _pod("too-big", "500")
    _pod("privileged", "1", privileged=True)
    k8s.apiextensions.CustomResource(
        "own", api_version="example.com/v1", kind="Thing", metadata={"name": "own", "namespace": "team"}, spec={"a": 1}
    )
    pulumi.export("nothing", 1)


def test_what_would_not_come_up_is_found_and_nothing_is_left(cluster_state: Path) -> None:
    graph = capture("trial", _program)
    before = set((cluster_state / "clusters").glob("*"))
    try:
        report = simulate(graph, machines(graph), offline=False, timeout=60, on_event=lambda _: None)
    except UserError as error:
        pytest.skip(f"no simulated control plane here: {error}")
    found = {(finding.problem, finding.object): finding.message for finding in report.findings}
    assert found.keys() == {("not placed", "Pod team/too-big"), ("rejected", "Pod team/privileged")}
    assert "Insufficient cpu" in found["not placed", "Pod team/too-big"]
    assert "violates PodSecurity" in found["rejected", "Pod team/privileged"]
    assert any("Thing" in note for note in report.notes)
    assert set((cluster_state / "clusters").glob("*")) == before
