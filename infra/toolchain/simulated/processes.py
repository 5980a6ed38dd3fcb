"""The processes of one simulated control plane, found by the folder that their binaries are in.

Not by pid files: a process outlives the one that was to write its pid, and pids are given again after a reboot.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_STOP_WITHIN = 20.0


def running(binaries: Path) -> dict[str, list[int]]:
    """Process ids by the name of the binary in this folder that they run."""
    found: dict[str, list[int]] = {}
    for pid, command in _commands():
        if command.startswith(f"{binaries}/"):
            found.setdefault(command.removeprefix(f"{binaries}/"), []).append(pid)
    return found


def stop(binaries: Path, order: Iterable[str]) -> None:
    """Ends them one after the other, each given time to end by itself."""
    for name in [*order, *(set(running(binaries)) - set(order))]:
        for pid in running(binaries).get(name, []):
            _end(pid, f"{binaries}/{name}")


def _end(pid: int, command: str) -> None:
    deadline = time.monotonic() + _STOP_WITHIN
    _signal(pid, signal.SIGTERM)
    while (pid, command) in set(_commands()):
        if time.monotonic() > deadline:
            _signal(pid, signal.SIGKILL)
        time.sleep(0.05)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _commands() -> Iterator[tuple[int, str]]:
    """Every process of this machine that lives, with the path that it was started by."""
    proc = Path("/proc")
    if not (proc / "self" / "cmdline").exists():
        yield from _commands_by_ps()
        return
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0", 1)[0]
            except OSError:
                continue
            # A process that has ended but was not waited for has none.
            if command:
                yield int(entry.name), os.fsdecode(command)


def _commands_by_ps() -> Iterator[tuple[int, str]]:
    listed = subprocess.run(["ps", "-axo", "pid=,comm="], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command.strip()
