"""What a shell needs to work with an environment."""

import shlex
from collections.abc import Mapping

from infra.toolchain.control_planes import ControlPlane


def exports(plane: ControlPlane) -> dict[str, str]:
    """Environment variables that point tools of this shell at the control plane of an environment."""
    return {"KUBECONFIG": str(plane.kubeconfig)}


def shell_lines(variables: Mapping[str, str]) -> str:
    """The variables as a POSIX shell reads them."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
