"""kind: a local cluster with real pods, on Docker."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.errors import RunFailed, UserError
from infra.paths import state_dir
from infra.toolchain.control_planes import Part, State, Status, docker_runs
from infra.toolchain.kubeconfig import context_name
from infra.toolchain.locking import lock
from infra.toolchain.obtaining import OnProgress, tool
from infra.toolchain.record import Record, cluster_dir, read_record, write_private, write_record
from infra.toolchain.versions import KIND_NODE_IMAGE

_READY_WITHIN = 180.0


class KindControlPlane:
    """A node in a container. It survives `stop` and `start` with its objects and volumes."""

    kind = "kind"
    simulated = False

    def __init__(self, environment: str, *, offline: bool, on_progress: OnProgress) -> None:
        self.environment = environment
        self.name = f"groundwork-{environment}"
        self.context = context_name(environment)
        self.folder = cluster_dir(environment).absolute()
        self.kubeconfig = self.folder / "kubeconfig"
        self._offline = offline
        self._on_progress = on_progress

    def start(self) -> None:
        self._check_docker()
        kind, kubectl = (
            tool(name, offline=self._offline, on_progress=self._on_progress) for name in ("kind", "kubectl")
        )
        with self._alone():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_record(self.environment, Record(kind=self.kind, ready=read_record(self.environment).ready))
            containers = self._containers()
            if containers and not read_record(self.environment).ready:
                # An interrupted creation leaves containers that never become a cluster.
                self._run([kind, "delete", "cluster", "--name", self.name, *self._apart()])
                containers = {}
            if not containers:
                self._on_progress(f"control plane {self.environment}: creating (kind; the node image is 1 GB at first)")
                self._run([kind, "create", "cluster", "--name", self.name, "--image", KIND_NODE_IMAGE, *self._apart()])
                write_record(self.environment, Record(kind=self.kind, ready=KIND_NODE_IMAGE))
            stopped = [name for name, running in containers.items() if not running]
            if stopped:
                self._on_progress(f"control plane {self.environment}: starting (kind)")
                self._run(["docker", "start", *stopped])
            self._write_kubeconfig(kind)
            self._await_nodes(kubectl)

    def stop(self) -> None:
        self._check_docker()
        with self._alone():
            running = [name for name, runs in self._containers().items() if runs]
            if running:
                self._run(["docker", "stop", *running])

    def delete(self) -> None:
        self._check_docker()
        kind = tool("kind", offline=self._offline, on_progress=self._on_progress)
        with self._alone():
            self._run([kind, "delete", "cluster", "--name", self.name, *self._apart()])
            if self.folder.exists():
                shutil.rmtree(self.folder)

    def status(self) -> Status:
        containers = self._containers() if docker_runs() else {}
        parts = tuple(Part(name, running) for name, running in containers.items())
        down = [part.name for part in parts if not part.running]
        state: State
        if not parts:
            state, message = "absent", "not there yet: `groundwork cluster start` makes it"
        elif len(down) == len(parts):
            state, message = "stopped", "stopped; its objects are kept"
        elif down:
            state, message = "degraded", f"stopped: {', '.join(down)}; `groundwork cluster start` starts them"
        else:
            state, message = "running", "running on Docker"
        return Status(self.kind, state, self.context, str(self.kubeconfig), False, message, parts=parts)

    def _check_docker(self) -> None:
        if not docker_runs():
            raise UserError(
                f"environment {self.environment} is to run on kind, but no Docker daemon answers (`docker info`).\n"
                "Start Docker, or set `cluster: {kind: simulated}` in its stack file."
            )

    def _apart(self) -> list[str]:
        """Keeps kind away from the user's kubeconfig."""
        return ["--kubeconfig", str(self.folder / "kind-kubeconfig")]

    def _containers(self) -> dict[str, bool]:
        label = f"label=io.x-k8s.kind.cluster={self.name}"
        listed = self._run(["docker", "ps", "--all", "--filter", label, "--format", "{{.Names}} {{.State}}"])
        return {name: state == "running" for name, state in (line.split() for line in listed.splitlines())}

    def _write_kubeconfig(self, kind: Path) -> None:
        text = self._run([kind, "get", "kubeconfig", "--name", self.name])
        # kind calls its context `kind-<name>`.
        write_private(self.kubeconfig, text.replace(f"kind-{self.name}", self.context))

    def _await_nodes(self, kubectl: Path) -> None:
        command: list[str | Path] = [
            kubectl,
            "--kubeconfig",
            self.kubeconfig,
            "wait",
            "--for=condition=Ready",
            "nodes",
            "--all",
        ]
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            try:
                self._run([*command, "--timeout=30s"])
                return
            except RunFailed:
                # The API server of a node that was just started refuses connections at first.
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def _run(self, command: Sequence[str | Path]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            said = "\n  ".join(done.stderr.strip().splitlines()[-5:])
            raise RunFailed(f"{Path(command[0]).name} {command[1]} {command[2]}: {said}")
        return done.stdout

    @contextmanager
    def _alone(self) -> Iterator[None]:
        path = state_dir() / "clusters" / f".{self.environment}.lock"
        with lock(path, lambda: self._on_progress(f"control plane {self.environment}: waiting for another command")):
            yield
