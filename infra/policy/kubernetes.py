"""Rules over the pods of an environment and the namespaces that they live in."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from infra.graph import Graph
from infra.policy.model import Found, Rule
from infra.policy.workloads import Container, Workload, of_kind, workloads

NOT_RESTRICTED: Mapping[str, str] = {}
"""Workload (`Kind namespace/name`) → why it can't be held to Pod Security `restricted`."""
_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def _each(check: Callable[[Workload], Iterator[str]]) -> Callable[[Graph], Found]:
    def over(graph: Graph) -> Found:
        for workload in workloads(graph):
            yield from ((workload.item.resource, message) for message in check(workload))

    return over


def _each_container(check: Callable[[Container], Iterator[str]]) -> Callable[[Graph], Found]:
    return _each(lambda workload: (f"{c['name']}: {message}" for c in workload.containers for message in check(c)))


def _own_accounts(graph: Graph) -> Found:
    declared = {(item.namespace, item.name) for item in of_kind(graph, "ServiceAccount")}
    used = Counter(workload.account for workload in workloads(graph))
    for workload in workloads(graph):
        if workload.account not in declared:
            yield workload.item.resource, "runs under a ServiceAccount that nothing declares"
        elif used[workload.account] > 1:
            yield workload.item.resource, "shares its ServiceAccount with another workload"


def _tokens(graph: Graph) -> Found:
    bound = {
        (subject.get("namespace"), subject["name"])
        for kind in ("RoleBinding", "ClusterRoleBinding")
        for item in of_kind(graph, kind)
        for subject in item.manifest["subjects"]
        if subject["kind"] == "ServiceAccount"
    }
    for workload in workloads(graph):
        if workload.pod.get("automountServiceAccountToken", True) and workload.account not in bound:
            yield workload.item.resource, "mounts a token of the API that it has no right to use"


def _restricted(workload: Workload) -> Iterator[str]:
    """Pod Security `restricted` (kubernetes.io/docs/concepts/security/pod-security-standards)."""
    if str(workload) in NOT_RESTRICTED:
        return
    pod = workload.pod.get("securityContext", {})
    yield from (key for key in ("hostNetwork", "hostPID", "hostIPC") if workload.pod.get(key))
    for volume in workload.pod.get("volumes", ()):
        if not (set(volume) - {"name"}) <= _VOLUMES:
            yield f"volume {volume['name']}"
    for container in workload.containers:
        own: Mapping[str, Any] = {**pod, **container.get("securityContext", {})}
        yield from (f"{container['name']}: {rule}" for rule, kept in _restrictions(container, own) if not kept)


def _restrictions(container: Container, own: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    seccomp, capabilities = own.get("seccompProfile") or {}, own.get("capabilities") or {}
    yield "runAsNonRoot", own.get("runAsNonRoot") is True
    yield "runAsUser", own.get("runAsUser") != 0
    yield "seccompProfile", seccomp.get("type") in ("RuntimeDefault", "Localhost")
    yield "allowPrivilegeEscalation", own.get("allowPrivilegeEscalation") is False
    yield "privileged", not own.get("privileged")
    yield "capabilities.drop", "ALL" in capabilities.get("drop", ())
    yield "capabilities.add", set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"}
    yield "hostPort", not any(port.get("hostPort") for port in container.get("ports", ()))


def _read_only(container: Container) -> Iterator[str]:
    if not container.get("securityContext", {}).get("readOnlyRootFilesystem"):
        yield "may write to its root file system"


def _limited(container: Container) -> Iterator[str]:
    resources = container.get("resources", {})
    for part in ("requests", "limits"):
        yield from (f"has no {part}.{what}" for what in ("cpu", "memory") if what not in resources.get(part, {}))


def _probed(workload: Workload) -> Iterator[str]:
    for container in workload.long_running_containers:
        for probe in ("readinessProbe", "livenessProbe"):
            if probe not in container:
                yield f"{container['name']}: has no {probe}"


def _replicated(graph: Graph) -> Found:
    budgets = of_kind(graph, "PodDisruptionBudget")
    for workload in workloads(graph):
        if workload.replicas > 1:
            if not workload.pod.get("topologySpreadConstraints"):
                yield workload.item.resource, "its replicas may share one node: it has no topologySpreadConstraints"
            if not any(workload.is_selected(b.namespace, b.manifest["spec"]["selector"]) for b in budgets):
                yield workload.item.resource, "a drain may take all its replicas: it has no PodDisruptionBudget"


def _drains(graph: Graph) -> Found:
    for budget in of_kind(graph, "PodDisruptionBudget"):
        spec = budget.manifest["spec"]
        for workload in workloads(graph):
            blocks = spec.get("maxUnavailable") == 0 or spec.get("minAvailable", 0) == workload.replicas
            if blocks and workload.is_selected(budget.namespace, spec["selector"]):
                yield budget.resource, "blocks every drain"


def _network_policies(graph: Graph) -> Found:
    policies = of_kind(graph, "NetworkPolicy")
    for workload in workloads(graph):
        if not any(workload.is_selected(p.namespace, p.manifest["spec"]["podSelector"]) for p in policies):
            yield workload.item.resource, "has no NetworkPolicy that names who may talk to it"


def _closed(graph: Graph) -> Found:
    closed = {
        policy.namespace
        for policy in of_kind(graph, "NetworkPolicy")
        if not policy.manifest["spec"].get("podSelector")
        and set(policy.manifest["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        and not policy.manifest["spec"].get("ingress")
    }
    for namespace in of_kind(graph, "Namespace"):
        if namespace.name not in closed:
            yield namespace.resource, "has no NetworkPolicy that closes it to all"
        labels = namespace.manifest["metadata"].get("labels", {})
        if labels.get("pod-security.kubernetes.io/enforce") != "restricted":
            yield namespace.resource, "does not enforce Pod Security `restricted`"


def _pinned(container: Container) -> Iterator[str]:
    host, _, rest = container["image"].partition("/")
    # ECR keeps what it caches under a prefix of the environment's.
    cached = ".dkr.ecr." in host and any(rest.endswith(f"/{name.partition('/')[2]}") for name in _catalog())
    if not cached and container["image"] not in _catalog():
        yield f"{container['image']} is not in the catalog"


@cache
def _catalog() -> frozenset[str]:
    from infra.catalog import images

    return frozenset(image.reference for image in images().values())


RULES: tuple[Rule, ...] = (
    Rule("service-account", "Workloads run under a ServiceAccount of their own.", _own_accounts),
    Rule("api-token", "Only pods that call the API mount a token.", _tokens),
    Rule("restricted", "Pods keep Pod Security `restricted`.", _each(_restricted)),
    Rule("read-only-root", "Containers can't write to their root file system.", _each_container(_read_only)),
    Rule("resources", "Containers request and limit CPU and memory.", _each_container(_limited)),
    Rule("probes", "What runs for long is probed.", _each(_probed)),
    Rule("replicas", "Replicas are spread, and outlive a drain.", _replicated),
    Rule("drains", "Disruption budgets let nodes be drained.", _drains),
    Rule("network-policy", "A NetworkPolicy names who may talk to each workload.", _network_policies),
    Rule("closed-namespace", "Namespaces are closed and restricted.", _closed),
    Rule("pinned-image", "Images are pinned in the catalog.", _each_container(_pinned)),
)
