"""A real API server, etcd, controller-manager and scheduler, with kwok's simulated nodes."""

import errno
import hashlib
import http.client
import json
import shutil
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from infra.errors import RunFailed, UserError
from infra.paths import state_dir
from infra.toolchain import versions
from infra.toolchain.control_planes import Part, State, Status
from infra.toolchain.kubeconfig import context_name, write_kubeconfig
from infra.toolchain.locking import lock
from infra.toolchain.obtaining import OnProgress, tools
from infra.toolchain.record import Record, cluster_dir, read_record, write_record
from infra.toolchain.simulated import nodes, processes
from infra.toolchain.simulated.kwokctl import PARTS, Kwok, free_ports

_API_WITHIN = 180.0


class SimulatedControlPlane:
    """Seconds to start, no Docker, no root, no account. Containers do not run."""

    kind = "simulated"
    simulated = True

    def __init__(
        self,
        environment: str,
        *,
        offline: bool,
        on_progress: OnProgress,
        machines: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """`machines` are its nodes, as objects; the usual ones by default."""
        self._machines = nodes.nodes() if machines is None else machines
        self.environment = environment
        self.context = context_name(environment)
        self.folder = cluster_dir(environment).absolute()
        self.kubeconfig = self.folder / "kubeconfig"
        self._offline = offline
        self._on_progress = on_progress
        self._kwok = Kwok(root=self.folder / "kwok", name=environment, etcd=self.folder / "etcd")

    def start(self) -> None:
        with self._alone():
            record = read_record(self.environment)
            if self._is_up(record):
                return
            binaries = tools(versions.SIMULATED, offline=self._offline, on_progress=self._on_progress)
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            self._on_progress(
                f"control plane {self.environment}: starting (simulated, Kubernetes {versions.KUBERNETES})"
            )
            record = self._launch_stubbornly(binaries, record)
            self._furnish(binaries["kubectl"], record)
            write_record(self.environment, replace(record, ready=self._fingerprint()))
            self._on_progress(f"control plane {self.environment}: ready, containers are simulated")

    def stop(self) -> None:
        with self._alone():
            processes.stop(self._kwok.binaries, reversed(PARTS))

    def delete(self) -> None:
        with self._alone():
            processes.stop(self._kwok.binaries, reversed(PARTS))
            if self.folder.exists():
                shutil.rmtree(self.folder)

    def status(self) -> Status:
        running = processes.running(self._kwok.binaries)
        parts = tuple(Part(name, name in running, str(self._kwok.log(name))) for name in PARTS)
        down = [part.name for part in parts if not part.running]
        record = read_record(self.environment)
        state: State
        if not self.folder.is_dir():
            state, message = "absent", "not there yet: `groundwork cluster start` makes it"
        elif len(down) == len(parts):
            state, message = "stopped", "stopped; its objects are kept"
        elif down:
            state, message = (
                "degraded",
                f"crashed: {', '.join(down)}; `groundwork cluster start` restarts what is missing",
            )
        elif not self._answers(record.ports):
            state, message = "degraded", "all parts run, but the API server is not ready"
        else:
            state, message = "running", "running; containers are simulated"
        return Status(
            kind=self.kind,
            state=state,
            context=self.context,
            kubeconfig=str(self.kubeconfig),
            simulated=True,
            message=message,
            server=_server(record.ports) if state != "absent" and record.ports else None,
            parts=parts if state != "absent" else (),
        )

    def _launch_stubbornly(self, binaries: Mapping[str, Path], record: Record) -> Record:
        try:
            return self._launch(binaries, record)
        except RunFailed as failure:
            # A port may have been taken since it was chosen: once more, on others.
            self._on_progress(
                f"control plane {self.environment}: {str(failure).splitlines()[0]}; once more, on free ports"
            )
            processes.stop(self._kwok.binaries, reversed(PARTS))
        try:
            return self._launch(binaries, replace(read_record(self.environment), ready=""))
        except RunFailed as failure:
            processes.stop(self._kwok.binaries, reversed(PARTS))
            raise RunFailed(
                f"control plane {self.environment}: {failure}\n"
                f"`groundwork cluster start {self.environment}` tries again around the same data; "
                f"`groundwork cluster delete {self.environment}` starts over without it."
            ) from None

    def _launch(self, binaries: Mapping[str, Path], record: Record) -> Record:
        running = processes.running(self._kwok.binaries)
        ports = record.ports
        intact = record.ready == self._fingerprint() and self._kwok.is_complete(binaries)
        if intact and (running or ports == free_ports(ports)):
            self._kwok.start(binaries, running)
        else:
            processes.stop(self._kwok.binaries, reversed(PARTS))
            ports = free_ports(record.ports)
            record = Record(kind=self.kind, ports=ports)
            write_record(self.environment, record)
            self._kwok.create(binaries, ports)
        self._await_api(ports)
        write_kubeconfig(self.kubeconfig, self.context, _server(ports), self._kwok.pki)
        return record

    def _is_up(self, record: Record) -> bool:
        running = processes.running(self._kwok.binaries)
        return (
            record.ready == self._fingerprint()
            and self.kubeconfig.is_file()
            and running.keys() >= set(PARTS)
            and self._answers(record.ports)
        )

    def _await_api(self, ports: Mapping[str, int]) -> None:
        deadline = time.monotonic() + _API_WITHIN
        while not self._answers(ports):
            running = processes.running(self._kwok.binaries)
            for part in PARTS:
                if part not in running:
                    raise RunFailed(self._why(f"{part} ended", part))
            if time.monotonic() > deadline:
                raise RunFailed(self._why(f"the API server was not ready within {_API_WITHIN:.0f} s", "kube-apiserver"))
            time.sleep(0.1)

    def _answers(self, ports: Mapping[str, int]) -> bool:
        return self._get(ports, "/readyz") is not None

    def _get(self, ports: Mapping[str, int], path: str) -> bytes | None:
        """What the API server says, if it does."""
        if "kubeApiserverPort" not in ports or not self._kwok.has_pki():
            return None
        try:
            trust = ssl.create_default_context(cafile=self._kwok.pki / "ca.crt")
            trust.load_cert_chain(self._kwok.pki / "admin.crt", self._kwok.pki / "admin.key")
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
            )
            with opener.open(f"{_server(ports)}{path}", timeout=10) as answer:
                return bytes(answer.read())
        except (OSError, http.client.HTTPException):
            return None

    def _furnish(self, kubectl: Path, record: Record) -> None:
        """Nodes and the default StorageClass; waits until nodes are ready and the controllers work."""
        if record.ready != self._fingerprint() or not self._is_furnished(record.ports):
            self._apply(kubectl)
        deadline = time.monotonic() + _API_WITHIN
        while not self._is_furnished(record.ports):
            if time.monotonic() > deadline:
                raise RunFailed(self._why("its nodes are not ready", "kwok-controller"))
            time.sleep(0.1)

    def _is_furnished(self, ports: Mapping[str, int]) -> bool:
        listed = json.loads(self._get(ports, "/api/v1/nodes") or "{}").get("items", [])
        ready = {
            node["metadata"]["name"]
            for node in listed
            for condition in node["status"].get("conditions", [])
            if (condition["type"], condition["status"]) == ("Ready", "True")
        }
        # Made by the controller-manager, which shows that it works.
        account = self._get(ports, "/api/v1/namespaces/default/serviceaccounts/default")
        return account is not None and ready >= {node["metadata"]["name"] for node in self._machines}

    def _objects(self) -> str:
        return yaml.safe_dump_all(nodes.objects(self._machines))

    def _fingerprint(self) -> str:
        stages = Path(__file__).with_name("stages.yaml").read_text()
        text = "\n".join((versions.KUBERNETES, versions.ETCD, versions.KWOK, stages, self._objects()))
        return hashlib.sha256(text.encode()).hexdigest()

    def _apply(self, kubectl: Path) -> None:
        command: list[str | Path] = [
            kubectl,
            "--kubeconfig",
            self.kubeconfig,
            "apply",
            "--server-side",
            "--force-conflicts",
            "-f",
            "-",
        ]
        done = subprocess.run(command, input=self._objects(), capture_output=True, text=True)
        if done.returncode:
            raise RunFailed(
                f"control plane {self.environment}: kubectl apply: {done.stderr.strip()}\n"
                "`groundwork cluster start` goes on from here."
            )

    def _why(self, what: str, part: str) -> str:
        log = self._kwok.log(part)
        lines = log.read_text(errors="replace").splitlines()[-100:] if log.exists() else []
        if any("no space left on device" in line for line in lines):
            return f"{what}: no space left on the disk of {self.folder}"
        said = "".join(f"\n  {line[:300]}" for line in lines[-5:])
        return f"{what}; its log {log} ends:{said}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        path = state_dir() / "clusters" / f".{self.environment}.lock"
        try:
            with lock(
                path, lambda: self._on_progress(f"control plane {self.environment}: waiting for another command")
            ):
                yield
        except OSError as error:
            where = error.filename or self.folder
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise RunFailed(f"{where}: no space left. Free some and give the same command again.") from None
            raise UserError(
                f"{where}: {error.strerror or error}. Control planes are kept in {state_dir()} (GROUNDWORK_STATE)."
            ) from None


def _server(ports: Mapping[str, int]) -> str:
    return f"https://127.0.0.1:{ports['kubeApiserverPort']}"
