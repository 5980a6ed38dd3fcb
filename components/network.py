"""Who may talk to whom: peers, NetworkPolicies, and namespaces that start closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One end of an allowed connection: pods of a namespace, or addresses outside the cluster.

    `namespace` None means the policy's own. `cidr` excludes the other two. `ports` are TCP.
    """

    namespace: pulumi.Input[str] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    cidr: pulumi.Input[str] | None = None
    ports: Sequence[int] = ()

    def on(self, *ports: int) -> "Peer":
        """The same end on these ports."""
        return replace(self, ports=ports)


def _peer(peer: Peer) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    if peer.cidr is not None:
        return k8s.networking.v1.NetworkPolicyPeerArgs(ip_block=k8s.networking.v1.IPBlockArgs(cidr=peer.cidr))
    return k8s.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": peer.namespace})
        if peer.namespace is not None
        else None,
        pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(peer.labels) or None),
    )


def _ports(ports: Sequence[int]) -> list[k8s.networking.v1.NetworkPolicyPortArgs] | None:
    return [k8s.networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ports] or None


def network_policy(
    name: str,
    *,
    namespace: pulumi.Input[str],
    selects: Mapping[str, str],
    ingress: Sequence[Peer] = (),
    egress: Sequence[Peer] = (),
    opts: pulumi.ResourceOptions,
) -> k8s.networking.v1.NetworkPolicy:
    """Allows exactly these peers to and from the selected pods, on top of the namespace's default deny."""
    return k8s.networking.v1.NetworkPolicy(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=dict(selects)),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(selects)),
            policy_types=["Ingress", "Egress"],
            ingress=[
                k8s.networking.v1.NetworkPolicyIngressRuleArgs(from_=[_peer(p)], ports=_ports(p.ports)) for p in ingress
            ]
            # The server drops an empty list, and would see a change in every apply of one.
            or None,
            egress=[k8s.networking.v1.NetworkPolicyEgressRuleArgs(to=[_peer(p)], ports=_ports(p.ports)) for p in egress]
            or None,
        ),
        opts=opts,
    )


@dataclass(frozen=True, kw_only=True)
class PlatformNamespaceArgs:
    """A namespace by its fixed name."""

    name: str


class PlatformNamespace(pulumi.ComponentResource):
    """A namespace under Pod Security `restricted` in which nothing may talk until a policy names it. DNS is open."""

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: PlatformNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:PlatformNamespace", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        modes = ("enforce", "audit", "warn")
        namespace = k8s.core.v1.Namespace(
            args.name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=args.name,
                labels={
                    "app.kubernetes.io/part-of": "groundwork",
                    **{f"pod-security.kubernetes.io/{mode}": "restricted" for mode in modes},
                },
            ),
            opts=child,
        )
        self.namespace = namespace.metadata.name
        k8s.networking.v1.NetworkPolicy(
            f"{args.name}-default",
            metadata=k8s.meta.v1.ObjectMetaArgs(name="default-deny", namespace=self.namespace),
            spec=k8s.networking.v1.NetworkPolicySpecArgs(
                pod_selector=k8s.meta.v1.LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
                egress=[
                    k8s.networking.v1.NetworkPolicyEgressRuleArgs(
                        to=[
                            k8s.networking.v1.NetworkPolicyPeerArgs(
                                namespace_selector=k8s.meta.v1.LabelSelectorArgs(
                                    match_labels={"kubernetes.io/metadata.name": "kube-system"}
                                )
                            )
                        ],
                        ports=[
                            k8s.networking.v1.NetworkPolicyPortArgs(port=53, protocol=protocol)
                            for protocol in ("UDP", "TCP")
                        ],
                    )
                ],
            ),
            opts=child,
        )
        self.register_outputs({"namespace": self.namespace})
