"""How long the helm engine takes, beside `kubectl apply --server-side` of the same objects. Run by hand:

    python -m tests.benchmarks.engines

It makes a simulated control plane in a folder of its own, with the tools of this user's cache, and takes it away again.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

GOALS = {"--help": 0.3, "preview, unchanged": 3.0, "up, fresh control plane": 30.0, "up, unchanged": 6.0}
"""Seconds, on two cores with nothing else to do."""


class Took(NamedTuple):
    """Seconds on the wall, and of CPU by the command and its children: on a busy machine the latter say more."""

    wall: float
    cpu: float


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


def took(what: Callable[[], object]) -> Took:
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    what()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(time.monotonic() - started, cpu)


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
        times = {"--help": min(took(lambda: groundwork("--help")) for _ in range(3))}
        try:
            times["up, fresh control plane"] = took(lambda: groundwork(*up))
            times["up, unchanged"] = took(lambda: groundwork(*up))
            times["preview, unchanged"] = took(lambda: groundwork("preview", "local"))
            times["destroy"] = took(lambda: groundwork("destroy", "local", "--yes"))
            times["up, from empty"] = took(lambda: groundwork(*up))
            groundwork("destroy", "local", "--yes")
            manifests = objects()
            apply = ("apply", "--server-side", "-f", "-")
            times["kubectl apply, from empty"] = took(lambda: kubectl(*apply, text=manifests))
            times["kubectl apply, unchanged"] = took(lambda: kubectl(*apply, text=manifests))
        finally:
            groundwork("cluster", "stop", "local")
        report(times)


def report(times: dict[str, Took]) -> None:
    """Absolute figures, goals, and the ratio to kubectl doing the same."""
    for name, (wall, cpu) in times.items():
        beside = times.get(f"kubectl apply, {'unchanged' if 'unchanged' in name else 'from empty'}")
        ratio = f"{wall / beside.wall:5.1f} x kubectl apply" if beside and name.startswith(("up", "preview")) else ""
        goal = f"goal {GOALS[name]:4.1f} s {'met' if wall < GOALS[name] else 'MISSED'}" if name in GOALS else ""
        print(f"{name:28} {wall:6.2f} s   cpu {cpu:5.2f} s   {goal:20} {ratio}")


if __name__ == "__main__":
    main()
