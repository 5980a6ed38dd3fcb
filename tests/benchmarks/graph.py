"""How long a graph takes, in fresh processes: run by hand with `python -m tests.benchmarks.graph`.

Whole commands first, beside a process that only imports the Pulumi SDKs and the types that a program of workloads
needs; then the CPU time that each resource of a large program costs, captured and on an engine's wire.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

FLOOR = """
import pulumi, pulumi_kubernetes as k8s
k8s.core.v1.Secret, k8s.apps.v1.Deployment, k8s.batch.v1.Job, k8s.networking.v1.NetworkPolicy
"""
COMMAND = "from infra.cli import main; main()"
GOALS = {"local": (1.0, 200), "prod": (1.5, 250)}
"""Seconds and MiB that the graph of a stack may take, on two cores with nothing else to do."""
OFFLINE = """
import json, time
from infra.graph import capture
from infra.graph.changes import diff
from infra.graph.export import to_json
from infra.graph.kubernetes import objects
from infra.graph.render import render
from tests.benchmarks.programs import workloads
graph = capture("bench", lambda: workloads(5000))
for name, work in (
    ("objects", lambda: objects(graph)), ("json", lambda: json.dumps(to_json(graph))),
    ("render", lambda: render(graph)), ("diff", lambda: diff(graph, graph)),
):
    start = time.process_time()
    work()
    print(f"  {name:8} {time.process_time() - start:7.3f} s")
"""


@dataclass(frozen=True)
class Run:
    """One fresh process: seconds on the wall and of CPU, peak memory in MiB, what it printed."""

    wall: float
    cpu: float
    memory: float
    output: str


def run(*arguments: str) -> Run:
    """Runs Python once."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the benchmark's program failed with {process.returncode}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.strip())


def best(*arguments: str, rounds: int = 5) -> Run:
    """The least CPU of several, after one that warms the disk's cache."""
    run(*arguments)
    return min((run(*arguments) for _ in range(rounds)), key=lambda result: result.cpu)


def commands() -> None:
    """Whole commands, the interpreter's start included."""
    floor = best("-c", FLOOR)
    line = "{:34} {:>7} {:>7} {:>6} {:>8}   {}"
    print(line.format("", "wall s", "cpu s", "MiB", "x floor", ""), flush=True)

    def show(name: str, result: Run, verdict: str = "") -> None:
        cells = (f"{result.wall:.2f}", f"{result.cpu:.2f}", f"{result.memory:.0f}", f"{result.cpu / floor.cpu:.2f}")
        print(line.format(name, *cells, verdict), flush=True)

    show("floor: importing the SDKs", floor)
    for stack, (seconds, memory) in GOALS.items():
        result = best("-c", COMMAND, "graph", stack, "--json")
        count = len(json.loads(result.output)["resources"])
        met = "met" if result.wall < seconds and result.memory < memory else "MISSED"
        show(f"graph {stack} ({count} resources)", result, f"goal {seconds} s, {memory} MiB: {met}")


def resources() -> None:
    """CPU time a resource: that of the program, divided, without the process's start and the SDKs' loading."""
    line = "{:34} {:>7} {:>7} {:>12} {:>12}"
    print(line.format("", "cpu s", "MiB", "ms/resource", "of plain"), flush=True)
    with monitor() as address:
        for count in (1000, 5000):
            plain = _each("plain", count, address)
            for how, said in (("plain", "on the wire, plain SDK"), ("wire", "on the wire"), ("graph", "captured")):
                cpu, memory, each = plain if how == "plain" else _each(how, count, address)
                cells = (f"{cpu:.2f}", f"{memory:.0f}", f"{each:.2f}", f"{each / plain[2]:.2f}")
                print(line.format(f"{count} {said}", *cells), flush=True)


def _each(how: str, count: int, address: str) -> tuple[float, float, float]:
    """CPU seconds and MiB of the whole, and milliseconds of each resource beyond the first 100."""
    few, many = (run("-m", "tests.benchmarks.run", how, "platform", str(number), address) for number in (100, count))
    took = [json.loads(result.output)["program"] for result in (few, many)]
    return many.cpu, many.memory, (took[1] - took[0]) / (count - 100) * 1000


@contextmanager
def monitor() -> Iterator[str]:
    """The address of a resource monitor in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.monitor"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        yield process.stdout.readline().strip()
        process.stdin.close()


def main() -> None:
    """Prints the tables."""
    if sys.flags.dont_write_bytecode:
        print("note: PYTHONDONTWRITEBYTECODE is set; without compiled bytecode every process compiles the SDKs anew")
    if os.getloadavg()[0] > 1:
        print(f"note: the machine is busy (load {os.getloadavg()[0]:.1f}); the clock says little, CPU time more")
    commands()
    resources()
    print("over the graph of 5000, once captured:", flush=True)
    print(run("-c", OFFLINE).output)


if __name__ == "__main__":
    main()
