"""What NetworkPolicies allow, by the rules of the Kubernetes API: a forgotten one fails a test, not an installation."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.contract.manifests import Manifest, matches


@dataclass(frozen=True, kw_only=True)
class End:
    """A pod, as policies see it."""

    namespace: str
    labels: Mapping[str, str]
    address: str


class Policies:
    """Answers whether one pod may open a connection to another."""

    def __init__(self, policies: Sequence[Manifest], namespaces: Mapping[str, Mapping[str, str]]) -> None:
        self._policies = policies
        self._namespaces = namespaces

    @classmethod
    def of(cls, manifests: Iterable[Manifest]) -> "Policies":
        """The policies among these objects, and the labels of their namespaces."""
        objects = list(manifests)
        namespaces = {
            m["metadata"]["name"]: {
                **(m["metadata"].get("labels") or {}),
                "kubernetes.io/metadata.name": m["metadata"]["name"],
            }
            for m in objects
            if m["kind"] == "Namespace"
        }
        return cls([m for m in objects if m["kind"] == "NetworkPolicy"], namespaces)

    def refusal(self, source: End, target: End, port: int) -> str | None:
        """Why the connection is refused, None if it is allowed."""
        if not self._allowed("Egress", source, target, port):
            return f"no NetworkPolicy lets {_name(source)} out to {_name(target)} port {port}"
        if not self._allowed("Ingress", target, source, port):
            return f"no NetworkPolicy lets {_name(source)} in to {_name(target)} port {port}"
        return None

    def _allowed(self, direction: str, subject: End, other: End, port: int) -> bool:
        applying = [
            policy
            for policy in self._policies
            if policy["metadata"]["namespace"] == subject.namespace
            and direction in policy["spec"].get("policyTypes", ())
            and matches(policy["spec"].get("podSelector"), subject.labels)
        ]
        if not applying:
            return True
        field, ends = ("egress", "to") if direction == "Egress" else ("ingress", "from")
        rules = [(policy, rule) for policy in applying for rule in policy["spec"].get(field) or ()]
        return any(
            _port_allowed(rule.get("ports"), port)
            and (not rule.get(ends) or any(self._is(peer, policy, other) for peer in rule[ends]))
            for policy, rule in rules
        )

    def _is(self, peer: Mapping[str, Any], policy: Manifest, end: End) -> bool:
        if block := peer.get("ipBlock"):
            # Pods' addresses are the network's own business: a block names what is outside of the cluster.
            return bool(ipaddress.ip_address(end.address) in ipaddress.ip_network(block["cidr"]) and not end.namespace)
        namespaces = peer.get("namespaceSelector")
        if namespaces is None:
            if end.namespace != policy["metadata"]["namespace"]:
                return False
        elif not matches(namespaces, self._namespaces.get(end.namespace, {})):
            return False
        return peer.get("podSelector") is None or matches(peer["podSelector"], end.labels)


def _port_allowed(ports: Sequence[Mapping[str, Any]] | None, port: int) -> bool:
    return not ports or any(
        rule.get("protocol", "TCP") == "TCP"
        and ("port" not in rule or int(rule["port"]) <= port <= int(rule.get("endPort", rule["port"])))
        for rule in ports
    )


def _name(end: End) -> str:
    return f"{end.namespace}/{end.labels.get('app.kubernetes.io/component', 'pod')}"
