"""Small graphs on AWS, by hand."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from infra.cost import Estimate, estimate
from infra.graph.model import Graph, Resource

PROVIDER = "urn:pulumi:test::groundwork::pulumi:providers:aws::account"
ON = date(2026, 9, 1)


def graph(*resources: Resource, region: str = "eu-central-1") -> Graph:
    """A stack `test` of these resources and an AWS provider."""
    provider = resource("pulumi:providers:aws", "account", {"region": region}, provider=None)
    return Graph("test", (provider, *resources))


def resource(
    type_: str,
    name: str,
    inputs: Mapping[str, Any] | None = None,
    *,
    component: str | None = None,
    outputs: Mapping[str, Any] | None = None,
    provider: str | None = PROVIDER,
) -> Resource:
    parent = _urn("groundwork:index:Thing", component) if component else None
    return Resource(_urn(type_, name), type_, name, parent, True, inputs or {}, outputs or {}, provider=provider)


def component(name: str) -> Resource:
    return Resource(_urn("groundwork:index:Thing", name), "groundwork:index:Thing", name, None, False, {}, {})


def kubernetes(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Resource:
    """An object of Kubernetes; `kind` with its group and version: `apps/v1:Deployment`."""
    inputs = {"kind": kind.rpartition(":")[2], "metadata": {"name": name, **metadata}, "spec": spec}
    return resource(f"kubernetes:{kind}", name, inputs, provider=None)


def workload(name: str, replicas: int, cpu: str, memory: str, **pod: Any) -> Resource:
    requests = {"resources": {"requests": {"cpu": cpu, "memory": memory}}}
    spec = {"containers": [requests], **pod}
    return kubernetes("apps/v1:Deployment", name, {"replicas": replicas, "template": {"spec": spec}})


def costs(*resources: Resource, on: date = ON, given: Mapping[str, float] | None = None) -> Estimate:
    """The estimate of a stack of these resources, with these assumptions."""
    return estimate(graph(*resources), on, given)


def lines(made: Estimate) -> dict[str, float]:
    """What each line costs, in cents; several of one kind together."""
    sums: dict[str, float] = {}
    for line in made.lines:
        sums[line.what] = sums.get(line.what, 0) + line.usd
    return {what: round(usd, 2) for what, usd in sums.items()}


def _urn(type_: str, name: str) -> str:
    return f"urn:pulumi:test::groundwork::{type_}::{name}"
