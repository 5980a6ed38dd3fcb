"""A cluster whose pods are real, and `groundwork` on it as a person would give its commands."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.toolchain import tool
from tests.scenario.endpoints import Endpoints

STACK = "local"
NAMESPACES = tuple(f"mlops-{name}" for name in ("system", "object-storage", "registry", "database", "tracking"))
_WORKLOADS = "deployments,statefulsets"


@dataclass(frozen=True)
class Node:
    """One kube context."""

    context: str

    def kubectl(self, *arguments: str, stdin: str = "", check: bool = True) -> str:
        """What kubectl prints. Fails with its error unless told not to."""
        done = subprocess.run(self._command(*arguments), input=stdin, capture_output=True, text=True, timeout=400)
        assert not check or done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def get(self, *arguments: str) -> list[dict[str, Any]]:
        """The items of a list."""
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", *arguments, "-o", "json"))["items"]
        return items

    def pods(self) -> list[dict[str, Any]]:
        """The platform's pods that are meant to go on running."""
        found = [pod for namespace in NAMESPACES for pod in self.get("pods", "-n", namespace)]
        return [pod for pod in found if pod["spec"]["restartPolicy"] == "Always"]

    def wait_ready(self) -> None:
        """Waits until every workload has all its replicas."""
        for namespace in NAMESPACES:
            for workload in self.get(_WORKLOADS, "-n", namespace):
                name = f"{workload['kind'].lower()}/{workload['metadata']['name']}"
                self.kubectl("rollout", "status", name, "-n", namespace, "--timeout=300s")

    @contextmanager
    def forwarded(self, namespace: str, service: str, port: int) -> Iterator[str]:
        """`host:port` here that leads to a service, while the context lasts."""
        command = self._command("port-forward", "-n", namespace, f"service/{service}", f":{port}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as forwarding:
            try:
                assert forwarding.stdout
                said = forwarding.stdout.readline()
                assert "127.0.0.1:" in said, f"port-forward of {service}: {said}{forwarding.stdout.read()}"
                yield f"127.0.0.1:{said.split('127.0.0.1:')[1].split()[0]}"
            finally:
                forwarding.kill()

    def _command(self, *arguments: str) -> list[str]:
        return [str(tool("kubectl")), "--context", self.context, *arguments]


@dataclass(frozen=True)
class Groundwork:
    """The command line, on this node and through one engine."""

    node: Node
    engine: str
    state: Path

    def run(self, command: str, *arguments: str, engine: bool = True) -> str:
        """What a command prints. Fails with all it said when it fails."""
        where = ["--cluster", "existing", "--context", self.node.context]
        chosen = ["--engine", self.engine] if engine else []
        argv: Sequence[str | Path] = [
            Path(sys.executable).with_name("groundwork"), command, STACK, *arguments, *where, *chosen
        ]  # fmt: skip
        env = dict(os.environ, GROUNDWORK_STATE=str(self.state))
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"groundwork {command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, command: str, *arguments: str) -> Any:
        """What a command prints for scripts."""
        return json.loads(self.run(command, *arguments, "--json"))

    @contextmanager
    def endpoints(self) -> Iterator[Endpoints]:
        """What a data scientist is given: the environment's outputs, through forwarded ports."""
        given = self.json("outputs", "--show-secrets")
        with ExitStack() as forwards:

            def url(namespace: str, service: str, port: int) -> str:
                return f"http://{forwards.enter_context(self.node.forwarded(namespace, service, port))}"

            yield Endpoints(
                tracking_url=url("mlops-tracking", "tracking", 80),
                tracking_user=given["tracking_username"],
                tracking_password=given["tracking_password"],
                registry_url=url("mlops-registry", "registry", 5000),
                registry_user=given["registry_username"],
                registry_password=given["registry_password"],
                object_storage_url=url("mlops-object-storage", "object-storage", 7070),
            )
