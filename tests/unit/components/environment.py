"""A local environment with some settings of its own, and what two of them differ in."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.build import build
from infra.graph import Graph, Resource, capture
from infra.graph.kubernetes import objects
from infra.graph.model import Secret
from infra.settings import EnvironmentSettings, RootSecret, SecretValues

Key = tuple[str, str | None, str]
"""Kind, namespace, name."""
SECRETS = RootSecret(b"unit tests" * 4)


def environment(given: Mapping[str, str] | None = None, **settings: Any) -> Graph:
    """The graph of `local` with these settings above the profile's; `given` are the secrets that others minted."""
    return _captured(json.dumps(settings), json.dumps(dict(given or {})))


@cache
def _captured(settings: str, given: str) -> Graph:
    model = EnvironmentSettings.model_validate(json.loads(settings))
    return capture("local", lambda: build("local", model, root_secret(model, json.loads(given))))


def root_secret(model: EnvironmentSettings, given: Mapping[str, str] | None = None) -> RootSecret:
    return RootSecret(SECRETS.value, model.credential_generations, SecretValues(given or {}))


def manifests(graph: Graph) -> dict[Key, Mapping[str, Any]]:
    """Every object with its secrets in clear."""
    return {(item.kind, item.namespace, item.name): item.manifest for item in objects(graph, show_secrets=True)}


def of(graph: Graph, type_: str) -> dict[str, Resource]:
    """Resources of one type (`Subnet`), by name."""
    return {resource.name: resource for resource in graph if resource.type.rpartition(":")[2] == type_}


def differing(one: Graph, other: Graph) -> set[tuple[str, str]]:
    """(kind, name) of the objects that are not the same in both, or only in one."""
    before, after = manifests(one), manifests(other)
    return {(k[0], k[2]) for k in before.keys() | after.keys() if before.get(k) != after.get(k)}


def output(graph: Graph, name: str) -> Any:
    value = graph.outputs[name]
    return value.value if isinstance(value, Secret) else value


def holding(graph: Graph, text: str) -> set[tuple[str, str]]:
    """(kind, name) of the objects in which this text stands."""
    return {(k[0], k[2]) for k, manifest in manifests(graph).items() if text in json.dumps(manifest)}


def callers(policy: Mapping[str, Any], port: int) -> set[str]:
    """Who may connect to this port: namespaces, address ranges, or the pods of the policy's own namespace."""
    return {
        _who(peer)
        for rule in policy["spec"].get("ingress", ())
        for peer in rule["from"]
        if port in [allowed["port"] for allowed in rule["ports"]]
    }


def _who(peer: Mapping[str, Any]) -> str:
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    if "namespaceSelector" in peer:
        return str(peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"])
    return f"pods: {peer['podSelector']['matchLabels']['app.kubernetes.io/component']}"
