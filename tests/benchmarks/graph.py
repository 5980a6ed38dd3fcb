"""How long a graph takes, in fresh processes: run by hand with `python -m tests.benchmarks.graph`.

Ratios are to the floor: a process that only imports the Pulumi SDKs and the types that a program of workloads needs.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

FLOOR = """
import pulumi, pulumi_kubernetes as k8s
k8s.core.v1.Secret, k8s.apps.v1.Deployment, k8s.batch.v1.Job, k8s.networking.v1.NetworkPolicy
"""
LOCAL = """
from infra.settings import load, placeholder_root_secret
from infra.graph import capture_environment
stack = load("local")
print(len(capture_environment(stack, placeholder_root_secret(stack.settings)).resources))
"""
SYNTHETIC = """
import sys
import pulumi
import pulumi_kubernetes as k8s
from components.workload import ResourcesArgs, WorkloadContainerArgs, WorkloadPodArgs, pod_template
from infra.graph import capture

def program():
    for number in range(int(sys.argv[1]) // 4):
        name = f"app-{number}"
        labels = {"app.kubernetes.io/name": name}
        meta = k8s.meta.v1.ObjectMetaArgs(name=name, namespace="apps", labels=labels)
        config = k8s.core.v1.ConfigMap(name, metadata=meta, data={"key": "value" * 20})
        account = k8s.core.v1.ServiceAccount(name, metadata=meta)
        k8s.core.v1.Service(
            name, metadata=meta, spec=k8s.core.v1.ServiceSpecArgs(selector=labels, ports=[{"port": 80}])
        )
        pod = WorkloadPodArgs(
            labels=labels, service_account=account.metadata.name, user=1000,
            containers=[
                WorkloadContainerArgs(
                    name="app", image="example/app:1", resources=ResourcesArgs(cpu="100m", memory="64Mi"),
                    env={"CONFIG": config.metadata.name}, ports={"http": 8080},
                )
            ],
        )
        k8s.apps.v1.Deployment(
            name, metadata=meta, spec=k8s.apps.v1.DeploymentSpecArgs(
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels), template=pod_template(pod)
            ),
        )

graph = capture("bench", program)
print(len(graph.resources))
"""
OFFLINE = """
import json, time
from infra.graph.changes import diff
from infra.graph.export import to_json
from infra.graph.kubernetes import objects
from infra.graph.render import render
for name, work in (
    ("objects", lambda: objects(graph)), ("json", lambda: json.dumps(to_json(graph))),
    ("render", lambda: render(graph)), ("diff", lambda: diff(graph, graph)),
):
    start = time.perf_counter()
    work()
    print(f"  {name:8} {time.perf_counter() - start:7.3f} s", file=sys.stderr)
"""

CASES = (
    ("floor: importing the SDKs", FLOOR),
    ("settings to graph of local", LOCAL),
    ("1,000 synthetic resources", SYNTHETIC, "1000"),
    ("5,000 synthetic resources", SYNTHETIC, "5000"),
)


@dataclass(frozen=True)
class Run:
    """One fresh process: seconds on the wall and of CPU, peak memory in MiB, what it printed."""

    wall: float
    cpu: float
    memory: float
    output: str


def run(code: str, *arguments: str) -> Run:
    """Runs the code once."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the benchmark's program failed with {process.returncode}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.strip())


def best(code: str, *arguments: str, rounds: int = 5) -> Run:
    """The quickest of several, after one that warms the disk's cache."""
    run(code, *arguments)
    return min((run(code, *arguments) for _ in range(rounds)), key=lambda result: result.wall)


def main() -> None:
    """Prints the table."""
    if sys.flags.dont_write_bytecode:
        print("note: PYTHONDONTWRITEBYTECODE is set; without compiled bytecode every process compiles the SDKs anew")
    floor = best(FLOOR)
    line = "{:28} {:>9} {:>9} {:>9} {:>9} {:>12}"
    print(line.format("", "wall s", "cpu s", "MiB", "x floor", "ms/resource"), flush=True)
    for name, code, *arguments in CASES:
        result = best(code, *arguments, rounds=1 if arguments else 5) if code != FLOOR else floor
        resources = int(result.output or 0)
        each = f"{(result.wall - floor.wall) / resources * 1000:.2f}" if resources else ""
        ratio = f"{result.wall / floor.wall:.2f}"
        print(
            line.format(name, f"{result.wall:.2f}", f"{result.cpu:.2f}", f"{result.memory:.0f}", ratio, each),
            flush=True,
        )
    print("over the graph of 5000, once captured:", flush=True)
    run(SYNTHETIC + OFFLINE, "5000")


if __name__ == "__main__":
    main()
