"""Reading rendered Kubernetes objects: workloads, environments and selectors, as a cluster would understand them."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Manifest = Mapping[str, Any]
Key = tuple[str, str, str]
WORKLOADS = ("Deployment", "StatefulSet")


def key(manifest: Manifest) -> Key:
    """Kind, namespace and name."""
    meta = manifest["metadata"]
    return manifest["kind"], meta.get("namespace", ""), meta["name"]


def pod_template(manifest: Manifest) -> Manifest:
    """The template of a Deployment, StatefulSet, Job or CronJob."""
    spec = manifest["spec"]
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: Manifest = spec["template"]
    return template


def data(manifest: Manifest) -> dict[str, bytes]:
    """The entries of a ConfigMap or Secret."""
    decoded = {name: text.encode() for name, text in (manifest.get("stringData") or {}).items()}
    for name, text in (manifest.get("data") or {}).items():
        decoded.setdefault(name, base64.b64decode(text) if manifest["kind"] == "Secret" else text.encode())
    for name, text in (manifest.get("binaryData") or {}).items():
        decoded[name] = base64.b64decode(text)
    return decoded


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels. None takes nothing, an empty one everything."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(name) != value for name, value in wanted.items()):
        return False
    for rule in selector.get("matchExpressions") or ():
        value, values = labels.get(rule["key"]), rule.get("values") or ()
        held = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not held[rule["operator"]]:
            return False
    return True


def expand(text: str, env: Mapping[str, str]) -> str:
    """`$(NAME)` replaced as Kubernetes does in commands and arguments; `$$(NAME)` is left as `$(NAME)`."""

    def replaced(found: re.Match[str]) -> str:
        if found[0].startswith("$$"):
            return found[0][1:]
        return env.get(found[1], found[0])

    return re.sub(r"\$?\$\(([-._a-zA-Z0-9]+)\)", replaced, text)


class Objects:
    """The declared objects by kind, namespace and name."""

    def __init__(self, manifests: Sequence[Manifest]) -> None:
        self._by_key = {key(m): m for m in manifests}

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self._by_key.values())

    def get(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """The object, None if it is not declared."""
        return self._by_key.get((kind, namespace, name))

    def of(self, *kinds: str) -> list[Manifest]:
        """All objects of these kinds."""
        return [m for m in self if m["kind"] in kinds]

    def entries(self, kind: str, namespace: str, name: str, *, optional: bool = False) -> dict[str, bytes]:
        """The entries of a ConfigMap or Secret. A missing one keeps a pod from starting, as in a cluster."""
        found = self.get(kind, namespace, name)
        if found is None:
            if optional:
                return {}
            raise KeyError(f"{kind} {namespace}/{name} is used and not declared")
        return data(found)

    def environment(self, container: Manifest, namespace: str, pod: Mapping[str, str]) -> dict[str, str]:
        """The variables of a container. `pod` answers field references."""
        env: dict[str, str] = {}
        for source in container.get("envFrom") or ():
            for kind, ref in (("ConfigMap", source.get("configMapRef")), ("Secret", source.get("secretRef"))):
                if ref:
                    entries = self.entries(kind, namespace, ref["name"], optional=ref.get("optional", False))
                    env |= {source.get("prefix", "") + name: value.decode() for name, value in entries.items()}
        for variable in container.get("env") or ():
            env[variable["name"]] = self._variable(variable, namespace, pod, env)
        return env

    def _variable(self, variable: Manifest, namespace: str, pod: Mapping[str, str], env: Mapping[str, str]) -> str:
        source = variable.get("valueFrom")
        if not source:
            return expand(variable.get("value") or "", env)
        if "fieldRef" in source:
            return pod[source["fieldRef"]["fieldPath"]]
        kind, ref = (
            ("Secret", source["secretKeyRef"]) if "secretKeyRef" in source else ("ConfigMap", source["configMapKeyRef"])
        )
        return self.entries(kind, namespace, ref["name"])[ref["key"]].decode()
