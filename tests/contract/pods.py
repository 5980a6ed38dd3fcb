"""A pod as processes: its containers' commands, environments, files, users and probes as its template says."""

import http.client
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.contract.files import Files, Surroundings
from tests.contract.images import Image, image
from tests.contract.manifests import Manifest, expand
from tests.contract.policies import End
from tests.contract.sandbox import PodSandbox, Process

_LONGEST_BACKOFF = 10.0


@dataclass
class Container:
    """One container of a pod and its present process."""

    spec: Manifest
    image: Image
    log: Path
    process: Process | None = None
    restarts: int = 0
    env: Mapping[str, str] = field(default_factory=dict)


class Pod:
    """Runs in a thread of its own until it has ended or is stopped; crashed containers are started again."""

    def __init__(
        self, name: str, namespace: str, template: Manifest, claims: Mapping[str, str], around: Surroundings
    ) -> None:
        self.name, self.namespace, self.spec = name, namespace, template["spec"]
        self.labels: Mapping[str, str] = template["metadata"].get("labels") or {}
        self.failure: str | None = None
        self._around = around
        self._stopping = threading.Event()
        self._started = False
        self._folder = around.folder / "pods" / f"{namespace}-{name}"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._context: Mapping[str, Any] = self.spec.get("securityContext") or {}
        self._init = [self._container(c) for c in self.spec.get("initContainers") or ()]
        self.containers = [self._container(c) for c in self.spec["containers"]]
        self._files = Files(self._folder, namespace, self.spec, claims, around)
        self._network: PodSandbox = around.sandbox.pod()
        self.address = self._network.address
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    # What others ask

    @property
    def end(self) -> End:
        """The pod as NetworkPolicies see it."""
        return End(namespace=self.namespace, labels=self.labels, address=self.address)

    @property
    def goes_on(self) -> bool:
        """Whether it is meant to run for ever, as no job's pod is."""
        return bool(self.spec.get("restartPolicy", "Always") == "Always")

    @property
    def succeeded(self) -> bool:
        """Whether every container ended well. Only a job's pod ever does."""
        return all(c.process is not None and c.process.code == 0 for c in self.containers)

    @property
    def restarts(self) -> int:
        """How often a container of it had to be started again."""
        return sum(c.restarts for c in (*self._init, *self.containers))

    def follow(self, around: Surroundings) -> None:
        """Brings the files of ConfigMaps and Secrets up to date, as the kubelet does in running pods."""
        self._around = around
        self._files.follow(around)

    def ready(self) -> bool:
        """Whether all containers run and pass their startup and readiness probes."""
        return self._started and all(
            c.process is not None
            and c.process.code is None
            and all(self._probe(c, c.spec[kind]) for kind in ("startupProbe", "readinessProbe") if c.spec.get(kind))
            for c in self.containers
        )

    def alive(self) -> bool:
        """Whether all containers pass their liveness probes."""
        return all(self._probe(c, c.spec["livenessProbe"]) for c in self.containers if c.spec.get("livenessProbe"))

    def execute(self, container: str, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60) -> str:
        """What a command prints inside a running container. Raises `CalledProcessError`."""
        chosen = next(c for c in self.containers if c.spec["name"] == container)
        done = self._execute(chosen, argv, timeout, stdin)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, list(argv), done.stdout, done.stderr)
        return done.stdout.decode()

    def logs(self, lines: int = 15) -> str:
        """The last lines that each container printed."""
        parts = []
        for container in (*self._init, *self.containers):
            said = container.log.read_text(errors="replace").splitlines() if container.log.exists() else []
            code = container.process.code if container.process else "not started"
            state = "running" if code is None else code
            name = f"{self.namespace}/{self.name} {container.spec['name']}"
            parts.append(f"--- {name} (exit {state}, {container.restarts} restarts)")
            parts += said[-lines:]
        return "\n".join(parts)

    def abandon(self) -> None:
        """Starts nothing any more; who calls it ends the processes."""
        self._stopping.set()

    def stop(self) -> None:
        """Ends the pod as a deletion would: preStop, the stop signal, the grace period."""
        self._stopping.set()
        containers = (*self._init, *self.containers)
        with ThreadPoolExecutor(len(containers)) as each:
            list(each.map(self._stop, containers))
        self._thread.join()
        self._network.end()

    def _stop(self, container: Container) -> None:
        if container.process and container.process.code is None:
            grace = float(self.spec.get("terminationGracePeriodSeconds", 30))
            hook = (container.spec.get("lifecycle") or {}).get("preStop")
            if hook:
                self._execute(container, hook["exec"]["command"], grace)
            container.process.stop(container.image.stop_signal, grace)

    # How it runs

    def _run(self) -> None:
        try:
            for container in self._init:
                self._until_it_succeeds(container)
            for container in self.containers:
                self._start(container)
            self._started = True
            while not self._stopping.wait(0.1) and not self.succeeded:
                for container in self.containers:
                    self._restart_if_ended(container)
        except _Stopped:
            return
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"

    def _until_it_succeeds(self, container: Container) -> None:
        self._start(container)
        while True:
            if self._stopping.wait(0.05):
                raise _Stopped
            code = container.process.code if container.process else None
            if code == 0:
                return
            if code is not None:
                self._back_off(container)

    def _restart_if_ended(self, container: Container) -> None:
        code = container.process.code if container.process else None
        if code is not None and (code != 0 or self.goes_on):
            self._back_off(container)

    def _back_off(self, container: Container) -> None:
        if self.spec.get("restartPolicy") == "Never":
            code = container.process.code if container.process else None
            raise RuntimeError(f"container {container.spec['name']} ended with {code}")
        if self._stopping.wait(min(2.0**container.restarts, _LONGEST_BACKOFF)):
            raise _Stopped
        container.restarts += 1
        self._start(container)

    def _start(self, container: Container) -> None:
        spec = container.spec
        fields = {
            "metadata.name": self.name,
            "metadata.namespace": self.namespace,
            "status.podIP": self.address,
        }
        declared = self._around.objects.environment(spec, self.namespace, fields)
        container.env = {**container.image.env, "HOSTNAME": self.name, "HOME": "/", **declared}
        if "command" in spec:
            argv = [*spec["command"], *(spec.get("args") or ())]
        else:
            argv = [*container.image.entrypoint, *(spec.get("args") or container.image.command)]
        user, group, groups = self._identity(container)
        container.process = self._network.start(
            [expand(word, container.env) for word in argv],
            env=container.env,
            root=self._files.root(container.spec, container.image),
            user=user,
            group=group,
            groups=groups,
            folder=spec.get("workingDir") or container.image.folder,
            log=container.log,
        )

    def _identity(self, container: Container) -> tuple[int, int, list[int]]:
        own = {**self._context, **(container.spec.get("securityContext") or {})}
        if not own.get("runAsUser") or not own.get("readOnlyRootFilesystem"):
            raise ValueError(f"{container.spec['name']} must say a user that is not root, and have a read-only root")
        group = self._context.get("fsGroup")
        return own["runAsUser"], own.get("runAsGroup", own["runAsUser"]), [group] if group else []

    def _execute(
        self, container: Container, argv: Sequence[str], timeout: float, stdin: bytes = b""
    ) -> "subprocess.CompletedProcess[bytes]":
        if container.process is None or container.process.code is not None:
            return subprocess.CompletedProcess(list(argv), 128, b"", b"the container does not run")
        user, group, groups = self._identity(container)
        return self._network.execute(
            container.process,
            argv,
            env=container.env,
            user=user,
            group=group,
            groups=groups,
            timeout=timeout,
            stdin=stdin,
        )

    def _container(self, spec: Manifest) -> Container:
        return Container(spec=spec, image=image(spec["image"]), log=self._folder / f"{spec['name']}.log")

    # Probes

    def _probe(self, container: Container, probe: Manifest) -> bool:
        timeout = float(probe.get("timeoutSeconds", 1))
        try:
            if "exec" in probe:
                return self._execute(container, probe["exec"]["command"], timeout).returncode == 0
            if "tcpSocket" in probe:
                self._around.sandbox.connect(
                    self.address, self._port(container, probe["tcpSocket"]["port"]), timeout
                ).close()
                return True
            return self._get(container, probe["httpGet"], timeout)
        except (OSError, http.client.HTTPException, subprocess.TimeoutExpired):
            return False

    def _get(self, container: Container, get: Manifest, timeout: float) -> bool:
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        connection.sock = self._around.sandbox.connect(self.address, self._port(container, get["port"]), timeout)
        if get.get("scheme") == "HTTPS":
            unverified = ssl.create_default_context()
            unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
            connection.sock = unverified.wrap_socket(connection.sock)
        headers = {header["name"]: header["value"] for header in get.get("httpHeaders") or ()}
        port = self._port(container, get["port"])
        connection.request("GET", get.get("path", "/"), headers={"Host": f"{self.address}:{port}", **headers})
        status = connection.getresponse().status
        connection.close()
        return 200 <= status < 400

    @staticmethod
    def _port(container: Container, port: int | str) -> int:
        if isinstance(port, int):
            return port
        return int(next(p["containerPort"] for p in container.spec["ports"] if p.get("name") == port))


class _Stopped(Exception):
    pass


def wait_until(what: str, seconds: float, test: Any, explain: Any = lambda: "") -> None:
    """Asks again and again until `test` holds. Fails with what it waited for and an explanation."""
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not after {seconds:.0f} s\n{explain()}")
        time.sleep(0.5)
