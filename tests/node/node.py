"""A real node with the platform on it, worked with as a person does: by `groundwork`, kubectl and port-forwards."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from infra.toolchain import tool
from tests.scenario.endpoints import Endpoints
from tests.scenario.play import DataScientist

READY = 300
"""Seconds that pods may take to become ready again."""


class Node:
    """One installation of `local` by one engine. It keeps its state in a folder of its own."""

    def __init__(self, context: str, engine: str, python: Path, folder: Path) -> None:
        self._context, self._engine, self._python, self._folder = context, engine, python, folder
        self._kubectl = tool("kubectl", on_progress=print)
        self.before: dict[str, dict[str, Any]] = {}
        """What the data scientist's plays answered, by name."""

    def groundwork(self, command: str, *arguments: str) -> Any:
        """What a command that must succeed prints for scripts."""
        where = ["--cluster", "existing", "--context", self._context]
        engine = [] if command == "restore" else ["--engine", self._engine]
        done = subprocess.run(
            [Path(sys.executable).parent / "groundwork", command, "local", *where, *engine, *arguments, "--json"],
            env={**os.environ, "GROUNDWORK_STATE": str(self._folder / "state")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"groundwork {command} ended with {done.returncode}:\n{done.stderr[-6000:]}"
        return json.loads(done.stdout)

    def kubectl(self, *arguments: str) -> str:
        """What kubectl prints."""
        done = subprocess.run(
            [self._kubectl, "--context", self._context, *arguments], capture_output=True, text=True, timeout=READY + 60
        )
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}:\n{done.stderr}"
        return done.stdout

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The platform's objects of a kind, in all its namespaces."""
        found: list[dict[str, Any]] = json.loads(self.kubectl("get", kind, "--all-namespaces", "-o", "json"))["items"]
        return [
            item for item in found if item["metadata"].get("namespace", item["metadata"]["name"]).startswith("mlops-")
        ]

    def servers(self) -> list[dict[str, Any]]:
        """The pods that are there to stay."""
        return [pod for pod in self.items("pods") if pod["metadata"]["ownerReferences"][0]["kind"] != "Job"]

    def wait_ready(self) -> None:
        """Until every Deployment and StatefulSet is as it should be."""
        for kind in ("deployment", "statefulset"):
            for item in self.items(kind):
                meta = item["metadata"]
                self.kubectl(
                    "-n", meta["namespace"], "rollout", "status", f"{kind}/{meta['name']}", f"--timeout={READY}s"
                )

    def run_cron_job(self, namespace: str, name: str, job: str) -> None:
        """Runs a CronJob now, to its end."""
        self.kubectl("-n", namespace, "create", "job", job, f"--from=cronjob/{name}")
        self.kubectl("-n", namespace, "wait", "--for=condition=Complete", f"job/{job}", f"--timeout={READY}s")

    @contextmanager
    def scientist(self) -> Iterator[DataScientist]:
        """A data scientist with what `groundwork outputs --show-secrets` gives, through port-forwards."""
        given = self.groundwork("outputs", "--show-secrets")["outputs"]
        with ExitStack() as forwards:

            def local(namespace: str, service: str, port: int) -> str:
                return forwards.enter_context(self._forward(f"mlops-{namespace}", service, port))

            endpoints = Endpoints(
                tracking_url=local("tracking", "tracking", 80),
                tracking_user=given["tracking_username"],
                tracking_password=given["tracking_password"],
                registry_url=local("registry", "registry", 5000),
                registry_user=given["registry_username"],
                registry_password=given["registry_password"],
                object_storage_url=local("object-storage", "object-storage", 7070),
            )
            folder = self._folder / "client"
            folder.mkdir(exist_ok=True)
            yield DataScientist(endpoints, self._python, folder)

    @contextmanager
    def _forward(self, namespace: str, service: str, port: int) -> Iterator[str]:
        command = [self._kubectl, "--context", self._context, "-n", namespace, "port-forward", f"service/{service}"]
        with subprocess.Popen(
            [*command, f":{port}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as child:
            try:
                line = child.stdout.readline() if child.stdout else ""
                found = re.match(r"Forwarding from 127\.0\.0\.1:(\d+)", line)
                assert found, f"port-forward to {service}: {line}"
                yield f"http://localhost:{found[1]}"
            finally:
                child.terminate()

    def close(self) -> None:
        """Takes away what a failed test left."""
        if self.items("namespaces"):
            self.groundwork("destroy", "--yes")
