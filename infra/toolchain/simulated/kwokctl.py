"""kwokctl: which files and processes make up a simulated control plane, and how it is told to start them."""

import os
import random
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import yaml

from infra.errors import RunFailed
from infra.toolchain.versions import KUBERNETES

PARTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok-controller")
"""In the order in which they start."""

PORTS = (
    "etcdPort",
    "etcdPeerPort",
    "kubeApiserverPort",
    "kubeControllerManagerPort",
    "kubeSchedulerPort",
    "kwokControllerPort",
)
_STAGES = Path(__file__).with_name("stages.yaml")
_PKI = ("ca.crt", "ca.key", "admin.crt", "admin.key")
# Below the range from which systems take the ports of outgoing connections.
_PORT_RANGE = range(20000, 32000)
_START_WITHIN = 300


@dataclass(frozen=True, slots=True)
class Kwok:
    """kwokctl's own folder for one control plane. Only `etcd`, which is kept outside of it, holds data."""

    root: Path
    name: str
    etcd: Path

    @property
    def folder(self) -> Path:
        return self.root / "clusters" / self.name

    @property
    def binaries(self) -> Path:
        return self.folder / "bin"

    @property
    def pki(self) -> Path:
        return self.folder / "pki"

    def log(self, part: str) -> Path:
        return self.folder / "logs" / f"{part}.log"

    def is_complete(self, tools: Mapping[str, Path]) -> bool:
        """Whether kwokctl finished laying it out, with these tools; otherwise it is laid out anew, around its data."""
        try:
            documents = list(yaml.safe_load_all((self.folder / "kwok.yaml").read_text()))
            names = {part["name"] for one in documents if one for part in one.get("components") or []}
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError):
            return False
        binaries = all((self.binaries / part).resolve() == tools[_tool(part)].resolve() for part in PARTS)
        files = self.has_pki() and (self.folder / "kubeconfig.yaml").is_file()
        return names == set(PARTS) and binaries and files

    def has_pki(self) -> bool:
        return all(_is_pem(self.pki / name) for name in _PKI)

    def create(self, tools: Mapping[str, Path], ports: Mapping[str, int]) -> None:
        """Lays it out anew, around the data that is there, and starts it."""
        for leftover in (self.binaries, self.folder / "pids"):
            rmtree(leftover, ignore_errors=True)
        (self.folder / "kwok.yaml").unlink(missing_ok=True)
        if not self.has_pki():
            rmtree(self.pki, ignore_errors=True)
        self.etcd.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        link = self.folder / "etcd"
        link.unlink(missing_ok=True)
        # kwokctl removes its folder when it fails; a link keeps the data out of its reach.
        link.symlink_to(self.etcd)
        config = self.root / "config.yaml"
        config.write_text(f"{yaml.safe_dump(_configuration(tools, ports))}---\n{_STAGES.read_text()}")
        self._call(tools, "create", "cluster", "--config", str(config), "--kubeconfig", "", "--wait", "0")

    def start(self, tools: Mapping[str, Path], running: Mapping[str, list[int]]) -> None:
        """Starts the parts that do not run."""
        pids = self.folder / "pids"
        pids.mkdir(exist_ok=True)
        for part in PARTS:
            file = pids / f"{part}.pid"
            file.unlink(missing_ok=True)
            if part in running:
                file.write_text(str(running[part][0]))
        self._call(tools, "start", "cluster")

    def _call(self, tools: Mapping[str, Path], *arguments: str) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KWOK_")}
        command: list[str | Path] = [
            tools["kwokctl"],
            "--name",
            self.name,
            *arguments,
            "--timeout",
            f"{_START_WITHIN}s",
        ]
        done = subprocess.run(
            command,
            env=environment | {"KWOK_WORKDIR": str(self.root)},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            raise RunFailed(f"kwokctl {' '.join(arguments[:2])}: {lines[-1] if lines else done.returncode}")


def free_ports(wanted: Mapping[str, int]) -> dict[str, int]:
    """A free port for each listener: the wanted one where it is free, else another."""
    taken: set[int] = set()
    chosen = {}
    for name in PORTS:
        port = wanted.get(name, 0)
        while port not in _PORT_RANGE or port in taken or not is_free(port):
            port = random.choice(_PORT_RANGE)  # noqa: S311 - not a secret
        taken.add(port)
        chosen[name] = port
    return chosen


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _configuration(tools: Mapping[str, Path], ports: Mapping[str, int]) -> dict[str, Any]:
    binaries = {
        "etcdBinary": tools["etcd"],
        "kubeApiserverBinary": tools["kube-apiserver"],
        "kubeControllerManagerBinary": tools["kube-controller-manager"],
        "kubeSchedulerBinary": tools["kube-scheduler"],
        "kwokControllerBinary": tools["kwok"],
        "kubectlBinary": tools["kubectl"],
    }
    return {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": {
            "runtime": "binary",
            "kubeVersion": f"v{KUBERNETES}",
            # etcd has no authentication of its own.
            "bindAddress": "127.0.0.1",
            "disableQPSLimits": True,
            **{key: str(path) for key, path in binaries.items()},
            **ports,
        },
        "componentsPatches": [
            {"name": "kube-apiserver", "extraArgs": [{"key": "service-cluster-ip-range", "value": "10.96.0.0/16"}]}
        ],
    }


def _tool(part: str) -> str:
    return "kwok" if part == "kwok-controller" else part


def _is_pem(path: Path) -> bool:
    try:
        return path.read_text().rstrip().endswith("-----")
    except (OSError, UnicodeDecodeError):
        return False
