"""How long the helm engine takes, beside `kubectl apply --server-side` of the same objects. Run by hand:

    python -m tests.benchmarks.engines

It makes a simulated control plane in a folder of its own, with the tools of this user's cache, and takes it away again.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

GOALS = {"--help": 0.3, "preview, unchanged": 3.0, "up, fresh control plane": 30.0, "up, unchanged": 6.0}
"""Seconds, on two cores with nothing else to do."""


def groundwork(*arguments: str) -> str:
    command = [sys.executable, "-c", "from infra.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"groundwork {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def kubectl(*arguments: str, text: str | None = None) -> None:
    from infra.toolchain import tool

    kubeconfig = Path(os.environ["GROUNDWORK_STATE"]) / "clusters" / "local" / "kubeconfig"
    subprocess.run(
        [tool("kubectl"), "--kubeconfig", kubeconfig, *arguments],
        check=True,
        input=text,
        text=True,
        capture_output=True,
    )


def seconds(what: Callable[[], object]) -> float:
    started = time.monotonic()
    what()
    return time.monotonic() - started


def objects() -> str:
    """What `local` declares, as one list for kubectl; the namespaces first."""
    from infra.graph import capture_environment
    from infra.graph.kubernetes import objects
    from infra.settings import load, placeholder_root_secret

    stack = load("local")
    graph = capture_environment(stack, placeholder_root_secret(stack.settings))
    manifests = [item.manifest for item in objects(graph, show_secrets=True)]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})


def main() -> None:
    """Measures each once, in the order in which a person meets them."""
    with tempfile.TemporaryDirectory(prefix="groundwork-benchmark-") as folder:
        os.environ["GROUNDWORK_STATE"] = folder
        up = ("up", "local", "--engine", "helm", "--cluster", "simulated", "--yes")
        times = {"--help": min(seconds(lambda: groundwork("--help")) for _ in range(3))}
        try:
            times["up, fresh control plane"] = seconds(lambda: groundwork(*up))
            times["up, unchanged"] = seconds(lambda: groundwork(*up))
            times["preview, unchanged"] = seconds(lambda: groundwork("preview", "local"))
            times["destroy"] = seconds(lambda: groundwork("destroy", "local", "--yes"))
            times["up, from empty"] = seconds(lambda: groundwork(*up))
            groundwork("destroy", "local", "--yes")
            manifests = objects()
            apply = ("apply", "--server-side", "-f", "-")
            times["kubectl apply, from empty"] = seconds(lambda: kubectl(*apply, text=manifests))
            times["kubectl apply, unchanged"] = seconds(lambda: kubectl(*apply, text=manifests))
        finally:
            groundwork("cluster", "stop", "local")
        report(times)


def report(times: dict[str, float]) -> None:
    """Absolute figures, goals, and the ratio to kubectl doing the same."""
    for name, took in times.items():
        beside = times.get(f"kubectl apply, {'unchanged' if 'unchanged' in name else 'from empty'}", 0.0)
        ratio = f"{took / beside:5.1f} x kubectl apply" if beside and name.startswith(("up", "preview")) else ""
        goal = f"goal {GOALS[name]:4.1f} s {'met' if took < GOALS[name] else 'MISSED'}" if name in GOALS else ""
        print(f"{name:28} {took:6.2f} s   {goal:20} {ratio}")


if __name__ == "__main__":
    main()
