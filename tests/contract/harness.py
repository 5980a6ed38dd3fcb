"""The platform's rendered objects as real servers on this machine: pods as processes, services, policies, jobs.

The pods' side of a cluster and nothing else: no API server, no admission, no scheduler. What is declared runs at once
and in no order; who needs another has to wait for it, as in a cluster.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.contract.files import Surroundings
from tests.contract.manifests import WORKLOADS, Key, Manifest, Objects, key, matches, pod_template
from tests.contract.pods import Pod, wait_until
from tests.contract.policies import Policies
from tests.contract.sandbox import Sandbox

CHUNK = 1 << 16
_MOST_RESTARTS = 5


class Platform:
    """Declared objects, running. Use it as a context: leaving it ends every process."""

    def __init__(self, folder: Path, manifests: Sequence[Manifest]) -> None:
        self.objects = Objects(manifests)
        self.refused: list[str] = []
        """Connections that no NetworkPolicy allows; each is an installation that would hang."""
        self._folder = folder
        self._sandbox = Sandbox(folder)
        self._pods: dict[Key, list[Pod]] = {}
        self._services: dict[Key, str] = {}
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> "Platform":
        self._sandbox.__enter__()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._hosts = self._folder / "hosts"
        self._take(self.objects)
        return self

    def __exit__(self, *error: object) -> None:
        for pod in self.pods():
            pod.abandon()
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._sandbox.__exit__(*error)

    # Declaring

    def apply(self, manifests: Sequence[Manifest]) -> None:
        """Declares other objects: changed pod templates are rolled out, new jobs run, running pods' files follow."""
        before, after = self.objects, Objects(manifests)
        running = (*WORKLOADS, "Job")
        wanted = {key(m): m for m in after.of(*running)}
        self._stop([k for k in self._pods if k not in wanted or _changed(before.get(*k), wanted[k])])
        self._take(after)

    def _stop(self, names: Sequence[Key]) -> None:
        """Ends the pods of these workloads, all at once as in a cluster."""
        ending = [pod for name in names for pod in self._pods.pop(name)]
        with ThreadPoolExecutor(max(len(ending), 1)) as each:
            list(each.map(Pod.stop, ending))

    def _take(self, objects: Objects) -> None:
        self.objects = objects
        self._policies = Policies.of(objects)
        for service in objects.of("Service"):
            self._serve(service)
        self._around = Surroundings(sandbox=self._sandbox, folder=self._folder, hosts=self._hosts, objects=objects)
        for pod in self.pods():
            pod.follow(self._around)
        for manifest in objects.of(*WORKLOADS, "Job"):
            if key(manifest) not in self._pods and not manifest["spec"].get("suspend"):
                self._pods[key(manifest)] = self._start(manifest)

    def _start(self, manifest: Manifest) -> list[Pod]:
        return [self._pod(manifest, n) for n in range(manifest["spec"].get("replicas", 1))]

    def _pod(self, manifest: Manifest, number: int) -> Pod:
        kind, namespace, name = key(manifest)
        claims = {}
        for claim in manifest["spec"].get("volumeClaimTemplates") or ():
            claims[claim["metadata"]["name"]] = f"{claim['metadata']['name']}-{name}-{number}"
        pod_name = f"{name}-{number}" if kind == "StatefulSet" else f"{name}-{kind.lower()}-{number}"
        return Pod(pod_name, namespace, pod_template(manifest), claims, self._around)

    # Asking

    def pods(self) -> Iterator[Pod]:
        """All present pods."""
        return (pod for pods in self._pods.values() for pod in pods)

    def pod(self, kind: str, namespace: str, name: str) -> Pod:
        """The first pod of a workload."""
        return self._pods[kind, namespace, name][0]

    def wait_ready(self, seconds: float = 120) -> None:
        """Waits until every workload is ready and every job has succeeded."""
        waiting = list(self.pods())

        def all_ready() -> bool:
            # Who was ready once is not asked again: probes cost, and the others need the time.
            waiting[:] = [pod for pod in waiting if not _done(pod)]
            return not waiting

        wait_until(
            "the platform is ready",
            seconds,
            all_ready,
            lambda: "\n".join([*(pod.logs() for pod in waiting), *self.refused]),
        )

    # Doing

    def delete_pod(self, kind: str, namespace: str, name: str) -> None:
        """Deletes the pods of a workload; its controller makes new ones."""
        manifest = self.objects.get(kind, namespace, name)
        assert manifest is not None
        self._stop([(kind, namespace, name)])
        self._pods[kind, namespace, name] = self._start(manifest)

    def run(
        self, kind: str, namespace: str, name: str, *, seconds: float = 120, env: Mapping[str, str] | None = None
    ) -> str:
        """Runs a Job or CronJob of this name now, with more variables if given; what it printed."""
        manifest = self.objects.get(kind, namespace, name)
        assert manifest is not None, f"no {kind} {namespace}/{name} is declared"
        pod = Pod(f"{name}-now", namespace, _with_env(pod_template(manifest), env or {}), {}, self._around)
        self._pods["Run", namespace, name] = [pod]
        try:
            wait_until(f"{kind} {name}", seconds, lambda: pod.succeeded or pod.failure, pod.logs)
            if pod.failure:
                raise AssertionError(f"{pod.failure}\n{pod.logs()}")
            return pod.logs(1000)
        finally:
            del self._pods["Run", namespace, name]
            pod.stop()

    def forward(self, namespace: str, service: str, port: int) -> str:
        """`host:port` on this machine that leads to a port of a service."""
        listener = socket.create_server(("127.0.0.1", 0))
        address = self._services["Service", namespace, service]
        self._accept(listener, lambda _: self._sandbox.connect(address, port))
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def reach_pod(self, pod: Pod, port: int) -> socket.socket:
        """A connection from the node to a pod's own address."""
        return self._sandbox.connect(pod.address, port)

    # Services

    def _serve(self, service: Manifest) -> None:
        name = key(service)
        if name not in self._services:
            self._services[name] = self._sandbox.service_address()
            for port in service["spec"].get("ports") or ():
                listener = self._sandbox.listen(self._services[name], port["port"])
                self._accept(listener, lambda source, port=port: self._connect(name, port, source))
        lines = ["127.0.0.1 localhost"]
        for (_, namespace, short), address in self._services.items():
            names = [short, *(f"{short}.{namespace}{end}" for end in ("", ".svc", ".svc.cluster.local"))]
            lines.append(f"{address} {' '.join(names)}")
        self._hosts.write_text("\n".join(lines) + "\n")

    def _connect(self, name: Key, port: Mapping[str, Any], source: str) -> socket.socket:
        """Opens a connection to a pod behind a service, as far as the policies let the caller."""
        service = self.objects.get(*name)
        assert service is not None
        caller = next((pod for pod in self.pods() if pod.address == source), None)
        for pod in list(self.pods()):
            if pod.namespace != name[1] or not matches({"matchLabels": service["spec"]["selector"]}, pod.labels):
                continue
            target = _target_port(pod, port)
            refusal = self._policies.refusal(caller.end, pod.end, target) if caller else None
            if refusal:
                self.refused.append(refusal)
                continue
            with suppress(OSError):
                return self._sandbox.connect(pod.address, target)
        raise ConnectionRefusedError(f"nothing behind {name[1]}/{name[2]}:{port['port']}")

    def _accept(self, listener: socket.socket, connect: Any) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            source = writer.get_extra_info("peername")[0]
            try:
                other = await asyncio.to_thread(connect, source)
                other.setblocking(False)
                to_reader, to_writer = await asyncio.open_connection(sock=other)
            except OSError:
                writer.transport.abort()
                return
            await asyncio.gather(_pump(reader, to_writer), _pump(to_reader, writer))

        asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, sock=listener), self._loop).result()


def _done(pod: Pod) -> bool:
    if pod.failure or pod.restarts > _MOST_RESTARTS:
        raise AssertionError(f"{pod.failure or 'it crashes again and again'}\n{pod.logs()}")
    return pod.ready() if pod.goes_on else pod.succeeded


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()


def _target_port(pod: Pod, port: Mapping[str, Any]) -> int:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    named = (p for c in pod.containers for p in c.spec.get("ports") or () if p.get("name") == target)
    return int(next(named)["containerPort"])


def _changed(before: Manifest | None, after: Manifest) -> bool:
    if before is None:
        return True
    return bool(
        pod_template(before) != pod_template(after) or before["spec"].get("replicas") != after["spec"].get("replicas")
    )


def _with_env(template: Manifest, env: Mapping[str, str]) -> Manifest:
    added = [{"name": name, "value": value} for name, value in env.items()]
    spec = {
        **template["spec"],
        **{
            part: [{**c, "env": [*(c.get("env") or ()), *added]} for c in template["spec"].get(part) or ()]
            for part in ("initContainers", "containers")
        },
    }
    return {**template, "spec": spec}
