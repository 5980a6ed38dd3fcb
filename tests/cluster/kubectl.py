"""kubectl on a control plane under test."""

import json
import subprocess
from typing import Any

import yaml

from infra.toolchain import ControlPlane, tool


def kubectl(plane: ControlPlane, *arguments: str, objects: list[dict[str, Any]] | None = None) -> str:
    """Runs kubectl; `objects` are given on its standard input."""
    done = subprocess.run(
        [tool("kubectl"), "--kubeconfig", plane.kubeconfig, "--context", plane.context, *arguments],
        input=yaml.safe_dump_all(objects) if objects else None,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def apply(plane: ControlPlane, *objects: dict[str, Any]) -> None:
    kubectl(plane, "apply", "--server-side", "-f", "-", objects=list(objects))


def get(plane: ControlPlane, *arguments: str) -> Any:
    return json.loads(kubectl(plane, "get", *arguments, "-o", "json"))


def wait(plane: ControlPlane, condition: str, *what: str) -> None:
    kubectl(plane, "wait", f"--for={condition}", "--timeout=60s", *what)
