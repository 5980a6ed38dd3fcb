"""The Pulumi CLI as the Automation API runs it, under supervision."""

import math
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from pulumi.automation import CommandError, CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from infra.engines.process import Child
from infra.errors import UserError
from infra.toolchain.finding import version_of

INSTALL = "https://www.pulumi.com/docs/install"


class TimedOut(CommandError):
    """The run was interrupted because it took too long."""


class Command(PulumiCommand):
    """Runs the CLI so that it never outlives us and never loses state.

    The SDK's own way leaves the CLI behind when we are killed, and on Ctrl-C returns while it still works. Here it is
    interrupted once, the way a person would, and waited for: it gives up what it is waiting for and writes its state.
    It holds `lock`, the environment's, until it is gone.
    """

    def __init__(self, executable: Path, lock: int | None = None, timeout: float = math.inf) -> None:
        """`timeout`: seconds after which an `up` that still waits for something is interrupted too."""
        self.command = str(executable)
        self.version = _version(executable)
        self._lock = () if lock is None else (lock,)
        self._timeout = timeout

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> CommandResult:
        """The SDK's contract, but for the callbacks: nobody here wants text when there are events."""
        environment = {**additional_env, "PULUMI_AUTOMATION_API": "true"}
        # A passphrase of another stack would win over the file that this one's is in.
        unset = ["env", "-u", "PULUMI_CONFIG_PASSPHRASE"] if "PULUMI_CONFIG_PASSPHRASE_FILE" in environment else []
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            child = Child(
                [*unset, self.command, "--non-interactive", *args],
                output=output,
                errors=errors,
                farewell="INT",
                environment=environment,
                directory=Path(cwd),
                pass_fds=self._lock,
            )
            deadline = time.monotonic() + (self._timeout if args[0] == "up" else math.inf)
            with child:
                while child.wait(1) is None and time.monotonic() < deadline:
                    continue
                late = child.status() is None
            result = CommandResult(stdout=_text(output), stderr=_text(errors), code=child.status() or 0)
        if result.code:
            raise TimedOut(result) if late else create_command_error(result)
        return result


def _version(executable: Path) -> VersionInfo:
    said = version_of(executable, ("version",))
    if not said:
        raise UserError(f"{executable} doesn't tell its version: reinstall it, {INSTALL}")
    return VersionInfo(*said)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").rstrip()
