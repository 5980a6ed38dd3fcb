"""What Kubernetes objects make AWS charge for: disks and load balancers. Pods cost what they take of nodes."""

from collections.abc import Iterator
from typing import Any

from infra.cost.model import Gap, Line
from infra.cost.network import balancer
from infra.cost.pods import quantity
from infra.cost.view import View

_ALB = ("eks.amazonaws.com/alb", "ingress.k8s.aws/alb")
_GROUP = "alb.ingress.kubernetes.io/group.name"
_SCHEME = "alb.ingress.kubernetes.io/scheme"
_NLB_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
_CLASS = "kubernetes:networking.k8s.io/v1:IngressClass"


def claim(view: View) -> Iterator[Line | Gap]:
    """A volume that a claim asks for: gp3."""
    yield view.line("gp3 volume", _gigabytes(view.inputs), "GB", "ebs_gp3_gb")


def stateful_set(view: View) -> Iterator[Line | Gap]:
    """A volume for each claim of each replica."""
    spec = view.inputs["spec"]
    size = sum(_gigabytes(template) for template in spec.get("volumeClaimTemplates") or ())
    if size:
        yield view.line("gp3 volumes", size * spec.get("replicas", 1), "GB", "ebs_gp3_gb")


def service(view: View) -> Iterator[Line | Gap]:
    if view.inputs["spec"].get("type") == "LoadBalancer":
        annotations = view.inputs["metadata"].get("annotations") or {}
        yield from balancer(view, network=True, public=annotations.get(_NLB_SCHEME) == "internet-facing")


def ingress(view: View) -> Iterator[Line | Gap]:
    """An ALB where the class is the ALB controller's; Ingresses of one group share it, and the first pays."""
    if not _by_alb(view, view.inputs):
        return
    group = _annotation(view.inputs, _GROUP)
    sharing = [
        i for i in view.index.of_type(_INGRESS) if _by_alb(view, i.inputs) and _annotation(i.inputs, _GROUP) == group
    ]
    if group is None or sharing[0] is view.resource:
        yield from balancer(view, network=False, public=_annotation(view.inputs, _SCHEME) == "internet-facing")


def _by_alb(view: View, inputs: Any) -> bool:
    name = inputs["spec"].get("ingressClassName")
    return any(
        known.inputs["metadata"]["name"] == name and known.inputs["spec"].get("controller") in _ALB
        for known in view.index.of_type(_CLASS)
    )


def _annotation(inputs: Any, key: str) -> str | None:
    value: str | None = (inputs["metadata"].get("annotations") or {}).get(key)
    return value


def _gigabytes(claim: Any) -> float:
    return quantity(claim["spec"]["resources"]["requests"]["storage"]) / 2**30
