"""What a shell needs to work with an environment."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.paths import cache_dir
from infra.toolchain.control_planes import ControlPlane


def exports(plane: ControlPlane) -> dict[str, str]:
    """Environment variables that point tools of this shell at the control plane of an environment."""
    return {"KUBECONFIG": str(plane.kubeconfig), "PATH": _path()}


def _path() -> str:
    """This shell's own programs first, then the cache's tools and this very command."""
    present = os.environ.get("PATH", "").split(os.pathsep)
    ours = (str(cache_dir() / "tools" / "bin"), str(Path(sys.executable).parent))
    return os.pathsep.join([*present, *(folder for folder in ours if folder not in present)])


def shell_lines(variables: Mapping[str, str]) -> str:
    """The variables as a POSIX shell reads them."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
