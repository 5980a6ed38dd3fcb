"""What a person needs to run plain `pulumi` on an environment."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from infra.engines.automation.backend import local_backend, variables
from infra.engines.cluster import Target
from infra.settings import Stack


def unset_lines(variables: Mapping[str, str]) -> list[str]:
    """For a shell: a passphrase of another stack would win over the file that this one's is in."""
    return ["unset PULUMI_CONFIG_PASSPHRASE"] if "PULUMI_CONFIG_PASSPHRASE_FILE" in variables else []


def pulumi_variables(stack: Stack, target: Target) -> dict[str, str]:
    """The variables; on this machine's own backend the empty stack is made too, where the CLI is there to make it."""
    backend = local_backend(stack)
    executable = shutil.which("pulumi")
    if backend and executable and not backend.exists:
        from infra.engines.automation.command import Command
        from infra.engines.automation.workspace import make_stack

        make_stack(backend, Command(Path(executable)))
    return variables(stack, target)
