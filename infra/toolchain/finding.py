"""Where a tool already is: on PATH in a right version, or in this user's cache."""

import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from infra.paths import cache_dir
from infra.toolchain.versions import Tool, Version, parse_version


def tools_dir() -> Path:
    """One folder per tool and version, and `bin` with a link to each."""
    return cache_dir() / "tools"


def cached_path(tool: Tool) -> Path:
    """Where the cache keeps the tool, whether it is there or not."""
    return tools_dir() / tool.name / wanted_version(tool) / tool.name


def wanted_version(tool: Tool) -> str:
    """The version that is built or downloaded. Pulumi's is the one its SDK was made for."""
    if tool.version:
        return tool.version
    from importlib.metadata import version

    return version("pulumi")


def find(tool: Tool) -> Path | None:
    """The tool where it already is, without network or build."""
    on_path = shutil.which(tool.name)
    if on_path:
        version = version_of(Path(on_path), tool.version_arguments)
        if version and tool.accepts(version):
            return Path(on_path)
    cached = cached_path(tool)
    return cached if os.access(cached, os.X_OK) else None


def refused_on_path(tool: Tool) -> str:
    """Why the one on PATH is not used, for a message; empty when there is none."""
    on_path = shutil.which(tool.name)
    if not on_path:
        return "not on PATH"
    version = version_of(Path(on_path), tool.version_arguments)
    found = ".".join(map(str, version)) if version else "a version that it doesn't tell"
    oldest, below = (".".join(map(str, end)) for end in (tool.oldest, tool.below))
    return f"{on_path} is {found}, not {oldest} to {below}"


@lru_cache(maxsize=64)
def version_of(path: Path, arguments: tuple[str, ...]) -> Version | None:
    """What the tool says its version is; None if it doesn't start or answer within 10 seconds."""
    try:
        answer = subprocess.run(
            [path, *arguments], capture_output=True, text=True, errors="replace", timeout=10, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(answer.stdout + answer.stderr) if answer.returncode == 0 else None
