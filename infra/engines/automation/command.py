"""The Pulumi CLI as the Automation API runs it, under supervision."""

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from infra.engines.process import Child
from infra.errors import UserError

INSTALL = "https://www.pulumi.com/docs/install"


class Command(PulumiCommand):
    """Runs the CLI so that it never outlives us and never loses state.

    The SDK's own way leaves the CLI behind when we are killed, and on Ctrl-C returns while it still works. Here it is
    interrupted once, the way a person would, and waited for: it gives up what it is waiting for and writes its state.
    It holds `lock`, the environment's, until it is gone.
    """

    def __init__(self, executable: Path, lock: int | None = None) -> None:
        self.command = str(executable)
        self.version = _version(executable)
        self._lock = () if lock is None else (lock,)

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
            with child:
                while (code := child.wait(3600)) is None:
                    continue
            result = CommandResult(stdout=_text(output), stderr=_text(errors), code=code)
        if code:
            raise create_command_error(result)
        return result


def _version(executable: Path) -> VersionInfo:
    said = subprocess.run([executable, "version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    try:
        return VersionInfo.parse(said.stdout.strip().removeprefix("v"))
    except ValueError:
        raise UserError(f"{executable} doesn't tell its version: reinstall it, {INSTALL}") from None


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").rstrip()
