"""Why objects don't become ready: their own words, their pods', their events' and the last lines that they logged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from infra.engines.cluster import ApiError, Cluster
from infra.engines.manifests import scrub, title
from infra.engines.readiness import condition, waits_for

_MOST_OBJECTS = 5
_MOST_PODS = 2
_MOST_EVENTS = 5
_LOG_LINES = 10


def explain(cluster: Cluster, manifests: Iterable[Mapping[str, Any]], secrets: Sequence[str] = ()) -> str:
    """A paragraph for each object that is not ready, the first few at length; empty when all are ready.

    `secrets` are masked wherever they turn up. It only reads, and leaves out what it may not read.
    """
    waiting = [
        (manifest, live, words)
        for manifest, live in ((manifest, cluster.get(manifest)) for manifest in manifests)
        if (words := waits_for(live))
    ]
    paragraphs = [
        "\n".join([f"{title(manifest)}: {words}", *_details(cluster, live)])
        for manifest, live, words in waiting[:_MOST_OBJECTS]
    ]
    paragraphs += [f"{title(manifest)}: {words}" for manifest, _, words in waiting[_MOST_OBJECTS:]]
    return scrub("\n".join(paragraphs), secrets)


def _details(cluster: Cluster, live: Mapping[str, Any] | None) -> Iterator[str]:
    if live is None:
        return
    namespace = live["metadata"].get("namespace")
    if namespace is None:
        return
    for item in (live.get("status") or {}).get("conditions") or []:
        if item.get("message") and (item["type"] == "ReplicaFailure" or item["status"] == "False"):
            yield f"  {item['type']}: {item['message']}"
    pods = [pod for pod in _pods(cluster, namespace, live) if not _ready(pod)][:_MOST_PODS]
    for pod in pods:
        yield from _pod(cluster, namespace, pod)
    yield from _events(cluster, namespace, [live["metadata"]["name"], *(pod["metadata"]["name"] for pod in pods)])


def _pods(cluster: Cluster, namespace: str, live: Mapping[str, Any]) -> list[dict[str, Any]]:
    labels = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels")
    if live["kind"] not in ("Deployment", "StatefulSet", "DaemonSet", "Job") or not labels:
        return []
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return _readable(cluster, cluster.address("v1", "pods", namespace), labelSelector=selector)


def _ready(pod: Mapping[str, Any]) -> bool:
    status = pod.get("status") or {}
    return status.get("phase") == "Succeeded" or condition(status, "Ready").get("status") == "True"


def _pod(cluster: Cluster, namespace: str, pod: Mapping[str, Any]) -> Iterator[str]:
    name = pod["metadata"]["name"]
    status = pod.get("status") or {}
    yield f"  pod {name}: {status.get('phase', 'Unknown')}"
    scheduled = condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        yield f"    not scheduled: {scheduled.get('message')}"
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        words = _container(container)
        if not words:
            continue
        yield f"    container {container['name']}: {words}"
        yield from (f"      | {line}" for line in _log(cluster, namespace, name, container))


def _container(status: Mapping[str, Any]) -> str:
    """What is wrong with one container; empty for one that is ready, done or just starting."""
    state = status.get("state") or {}
    last = (status.get("lastState") or {}).get("terminated")
    waiting, ended = state.get("waiting"), state.get("terminated")
    words = []
    if waiting and waiting.get("reason") not in ("PodInitializing", "ContainerCreating"):
        words.append(f"{waiting.get('reason')} {waiting.get('message', '')}".strip())
    if ended and ended.get("exitCode"):
        words.append(f"ended with status {ended['exitCode']} ({ended.get('reason')})")
    elif last:
        words.append(f"ended before with status {last.get('exitCode')} ({last.get('reason')})")
    if not words and state.get("running") and not status.get("ready"):
        words.append("runs, but its readiness probe fails")
    if status.get("restartCount"):
        words.append(f"{status['restartCount']} restarts")
    return ", ".join(words) if not status.get("ready") else ""


def _log(cluster: Cluster, namespace: str, pod: str, container: Mapping[str, Any]) -> list[str]:
    waiting = (container.get("state") or {}).get("waiting")
    previous = bool(waiting and container.get("restartCount"))
    query = urlencode(
        {"container": container["name"], "tailLines": _LOG_LINES, "previous": str(previous).lower()},
    )
    try:
        text = cluster.request("GET", f"{cluster.address('v1', 'pods', namespace, pod)}/log?{query}")
    except ApiError:
        return []
    # A log of one JSON line arrives parsed.
    return str(text).strip().splitlines()[-_LOG_LINES:]


def _events(cluster: Cluster, namespace: str, names: Sequence[str]) -> Iterator[str]:
    """Warnings on the object, its pods and what lies between them (replica sets are named after their deployment)."""
    events = _readable(cluster, cluster.address("v1", "events", namespace), fieldSelector="type=Warning")
    about = [
        event for event in events if any(event["involvedObject"].get("name", "").startswith(name) for name in names)
    ]
    about.sort(key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "")
    told = dict.fromkeys(f"  event {event.get('reason')}: {event.get('message', '').strip()}" for event in about)
    yield from list(told)[-_MOST_EVENTS:]


def _readable(cluster: Cluster, path: str, **query: str) -> list[dict[str, Any]]:
    try:
        return cluster.items(path, **query)
    except ApiError:
        return []
