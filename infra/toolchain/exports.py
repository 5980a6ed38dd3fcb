"""What a shell needs to work with an environment."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.paths import cache_dir


def exports(kubeconfig: Path | None) -> dict[str, str]:
    """Environment variables that point tools of this shell at a cluster; none means kubectl's usual one."""
    return {**({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}), "PATH": _path()}


def _path() -> str:
    """This shell's own programs first, then the cache's tools and this very command."""
    present = os.environ.get("PATH", "").split(os.pathsep)
    ours = (str(cache_dir() / "tools" / "bin"), str(Path(sys.executable).parent))
    return os.pathsep.join([*present, *(folder for folder in ours if folder not in present)])


def shell_lines(variables: Mapping[str, str]) -> str:
    """The variables as a POSIX shell reads them."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
