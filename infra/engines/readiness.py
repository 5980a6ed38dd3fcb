"""Whether an object of the cluster is ready, and if not, what it waits for."""

from collections.abc import Mapping
from typing import Any

READY = ""


def waits_for(live: Mapping[str, Any] | None) -> str:
    """What is missing until the object is ready, in words; empty when it is ready."""
    if live is None:
        return "not there yet"
    if live["metadata"].get("deletionTimestamp"):
        return "being deleted"
    judge = _JUDGES.get(live["kind"])
    if judge is None:
        return READY
    status = live.get("status") or {}
    if status.get("observedGeneration", live["metadata"].get("generation")) != live["metadata"].get("generation"):
        return "not yet seen by its controller"
    words: str = judge(live.get("spec") or {}, status)
    return words


def condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """One condition of a status; empty where it is not set."""
    found: Mapping[str, Any] = next((c for c in status.get("conditions") or [] if c["type"] == kind), {})
    return found


def _deployment(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted = spec.get("replicas", 1)
    failure = condition(status, "ReplicaFailure")
    if failure.get("status") == "True":
        return str(failure.get("message"))
    if status.get("updatedReplicas", 0) < wanted:
        return f"{status.get('updatedReplicas', 0)} of {wanted} pods are of the new version"
    if status.get("replicas", 0) > status.get("updatedReplicas", 0):
        return "pods of the old version are still ending"
    return _pods(status.get("availableReplicas", 0), wanted)


def _stateful_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted = spec.get("replicas", 1)
    if status.get("currentRevision") != status.get("updateRevision") and status.get("updatedReplicas", 0) < wanted:
        return f"{status.get('updatedReplicas', 0)} of {wanted} pods are of the new version"
    return _pods(status.get("readyReplicas", 0), wanted)


def _daemon_set(_: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted = status.get("desiredNumberScheduled", 0)
    if status.get("updatedNumberScheduled", 0) < wanted:
        return f"{status.get('updatedNumberScheduled', 0)} of {wanted} pods are of the new version"
    return _pods(status.get("numberAvailable", 0), wanted)


def _job(_: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    failed = condition(status, "Failed")
    if failed.get("status") == "True":
        return f"failed: {failed.get('message') or failed.get('reason')}"
    return READY if condition(status, "Complete").get("status") == "True" else "not complete"


def _claim(_: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    return READY if status.get("phase") == "Bound" else f"volume {status.get('phase', 'Pending')}"


def _definition(_: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    return READY if condition(status, "Established").get("status") == "True" else "not established"


def _pods(ready: int, wanted: int) -> str:
    return READY if ready >= wanted else f"{ready} of {wanted} pods ready"


_JUDGES = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "CustomResourceDefinition": _definition,
}
