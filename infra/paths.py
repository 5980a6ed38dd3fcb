"""Where things are: the project, and this user's cache and state folders."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
STACKS = PROJECT / "stacks"


def cache_dir() -> Path:
    """Tools and downloads; may be deleted at any time. `GROUNDWORK_CACHE` overrides it."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("GROUNDWORK_CACHE") or user_cache_path("groundwork"))


def state_dir() -> Path:
    """Control planes, local secrets and local backends; holds data. `GROUNDWORK_STATE` overrides it."""
    from platformdirs import user_state_path

    return Path(os.environ.get("GROUNDWORK_STATE") or user_state_path("groundwork"))


def environment_dir(environment: str) -> Path:
    """What this user's machine keeps of one environment (mode 0700)."""
    path = state_dir() / "environments" / environment
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
