"""Child processes that never outlive us, however we end: even `kill -9` closes our end of their pipe."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

# Waits for the command, and sends it its signal when our end of the pipe closes first. It alone inherits `pass_fds`:
# what the command leaves running holds no lock.
_GUARD = """
import os, signal, subprocess, sys, threading
try:
    child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
except OSError as error:
    sys.exit(f"{sys.argv[2]}: {error.strerror}")
def watch():
    while os.read(0, 1):
        pass
    child.send_signal(signal.Signals["SIG" + sys.argv[1]])
threading.Thread(target=watch, daemon=True).start()
code = child.wait()
os._exit(code if code >= 0 else 128 - code)
"""


class Child:
    """One running command. Leaving its `with` block ends it, by a signal that it may take its time to answer."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        output: IO[bytes] | int = subprocess.DEVNULL,
        errors: IO[bytes] | int = subprocess.STDOUT,
        farewell: str = "KILL",
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we end the command.
        self._process = subprocess.Popen(
            [sys.executable, "-ISc", _GUARD, farewell, *argv],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=errors,
            cwd=directory,
            env={**os.environ, **(environment or {})},
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        """The exit status, None if it still runs after so long."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """Sends the command its signal if it still runs, and waits until it is gone."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
