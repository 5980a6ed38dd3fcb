"""The scenario: what a data scientist does with an environment, written once for whatever brings the endpoints up."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.scenario.endpoints import Endpoints
from tests.scenario.oci import RegistryClient

_CLIENT = Path(__file__).with_name("client.py")
LAYER = os.urandom(3 << 20)
"""An image's only layer, large enough to be sent in several pieces."""


class DataScientist:
    """Works with an environment from another process, with what a person is given and no more."""

    def __init__(self, endpoints: Endpoints, python: Path, folder: Path) -> None:
        self.endpoints, self._python, self._folder = endpoints, python, folder

    def play(self, name: str) -> dict[str, Any]:
        """Trains, logs, registers and predicts under this name; what came out."""
        return self._run("play", name)

    def check(self, name: str, before: dict[str, Any]) -> None:
        """Finds everything of an earlier `play` again, and the same predictions."""
        assert self._run("check", name, before) == {"ok": True}

    def push_and_pull(self, repository: str) -> None:
        """Pushes an image and pulls it by tag and by digest."""
        registry = self.registry()
        digest = registry.push(repository, "1", LAYER)
        assert registry.pull(repository, "1") == registry.pull(repository, digest) == LAYER

    def registry(self) -> RegistryClient:
        """The registry, with the credentials that a person is given."""
        given = self.endpoints
        return RegistryClient(given.registry_url, given.registry_user, given.registry_password)

    def _run(self, action: str, name: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
        given = self.endpoints
        env = {
            "PATH": f"{self._python.parent}:/usr/bin:/bin",
            "HOME": str(self._folder),
            "MLFLOW_TRACKING_URI": given.tracking_url,
            "MLFLOW_TRACKING_USERNAME": given.tracking_user,
            "MLFLOW_TRACKING_PASSWORD": given.tracking_password,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
            "GIT_PYTHON_REFRESH": "quiet",
        }
        done = subprocess.run(
            [self._python, _CLIENT, action, name],
            env=env,
            cwd=self._folder,
            input=json.dumps(before),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"the client failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer
