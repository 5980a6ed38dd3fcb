"""A graph as files for Git: one YAML file an object, and a kustomization that lists them.

An object that holds a secret is left out and named in the kustomization's head, unless secrets are to be shown.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from infra.graph.kubernetes import KubernetesObject, objects
from infra.graph.manifest import to_yaml
from infra.graph.model import Graph
from infra.graph.secrecy import holds_secret

KUSTOMIZATION = "kustomization.yaml"
CLUSTER_FOLDER = "_cluster"


@dataclass(frozen=True)
class Rendering:
    """Relative path → text. `secret` are the paths whose text shows a secret; `left_out` names what is not written."""

    stack: str
    files: Mapping[str, str] = field(repr=False)
    secret: frozenset[str]
    left_out: tuple[str, ...]
    elsewhere: Mapping[str, int]
    """Types of resources that are no Kubernetes objects, and how many of each."""


def render(graph: Graph, *, show_secrets: bool = False) -> Rendering:
    """The files, in an order that respects dependencies: `<namespace or _cluster>/<kind>-<name>.yaml`."""
    declared = objects(graph, show_secrets=show_secrets)
    paths = _paths(declared)
    files: dict[str, str] = {}
    secret: set[str] = set()
    left_out: list[str] = []
    for item, path in zip(declared, paths, strict=True):
        if _is_secret(item):
            if not show_secrets:
                left_out.append(_described(item))
                continue
            secret.add(path)
        files[path] = to_yaml(item.manifest)
    elsewhere = Counter(r.type for r in graph if r.custom and not r.type.startswith(("kubernetes:", "pulumi:")))
    head = [f"# Rendered by groundwork from stack {graph.stack}; changes made here are lost."]
    if left_out:
        head += ["# Left out, because they hold secrets:", *(f"# - {line}" for line in left_out)]
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files),
    }
    files[KUSTOMIZATION] = "\n".join([*head, to_yaml(kustomization)])
    return Rendering(graph.stack, files, frozenset(secret), tuple(left_out), dict(sorted(elsewhere.items())))


def _is_secret(item: KubernetesObject) -> bool:
    if item.kind == "Secret" and any(item.manifest.get(key) for key in ("data", "stringData")):
        return True
    return holds_secret(item.resource.inputs)


def _described(item: KubernetesObject) -> str:
    keys = sorted({key for part in ("data", "stringData") for key in item.manifest.get(part) or ()})
    where = f"{item.namespace}/" if item.namespace else ""
    return f"{item.kind} {where}{item.name}" + (f" (keys: {', '.join(keys)})" if item.kind == "Secret" else "")


def _paths(declared: list[KubernetesObject]) -> list[str]:
    """A path each. Kinds of two groups that would share one carry their group."""
    plain = [_path(item, item.kind.lower()) for item in declared]
    taken = Counter(plain)
    return [
        path if taken[path] == 1 else _path(item, f"{item.kind.lower()}.{item.api_version.replace('/', '.')}")
        for item, path in zip(declared, plain, strict=True)
    ]


def _path(item: KubernetesObject, kind: str) -> str:
    # Names of roles may hold characters that are no good in a file's name.
    return f"{item.namespace or CLUSTER_FOLDER}/{kind}-{quote(item.name, safe='')}.yaml"
