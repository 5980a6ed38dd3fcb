"""Makes .venv from a lock, for a machine that has only Python; a no-op when it is already as the lock says.

Usage: python scripts/_environment.py requirements.txt | requirements-dev.txt
"""

import fcntl
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
STAMP = VENV / "groundwork-environment.json"


def main(lock_name: str) -> int:
    """Exits 0 when .venv holds what the lock names and the project itself, 1 with a message otherwise."""
    wanted = _fingerprint(lock_name)
    if _made().get(lock_name) == wanted:
        return 0
    with _alone():
        if _made().get(lock_name) != wanted:
            _make(lock_name, wanted)
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time. The project's folder itself is locked: that goes with the process, and leaves no file."""
    descriptor = os.open(PROJECT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another command is making the environment; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(lock_name: str, wanted: str) -> None:
    began = time.monotonic()
    made = _made()
    STAMP.unlink(missing_ok=True)
    _say(f"making the Python environment .venv from {lock_name}; half a minute the first time")
    _make_venv()
    _install(lock_name)
    _pip("install", "--no-index", "--no-build-isolation", "--no-deps", "--editable", str(PROJECT))
    # Where Python may write no bytecode as it goes (containers often say so), every command would compile the project.
    _run([str(PYTHON), "-m", "compileall", "-q", "components", "infra"])
    new = STAMP.with_suffix(".new")
    kept = {name: made[name] for name in made if name != lock_name and made[name] == _fingerprint(name)}
    new.write_text(json.dumps({**kept, lock_name: wanted}))
    new.replace(STAMP)
    _say(f"the environment is ready after {time.monotonic() - began:.0f} s")


def _fingerprint(lock_name: str) -> str:
    try:
        text = (PROJECT / lock_name).read_bytes() + (PROJECT / "pyproject.toml").read_bytes()
    except OSError:
        return ""
    return hashlib.sha256(text + str(PROJECT).encode()).hexdigest()


def _made() -> dict[str, str]:
    try:
        made = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return made if isinstance(made, dict) and PYTHON.exists() else {}


def _make_venv() -> None:
    if _works([str(PYTHON), "-m", "pip", "--version"]):
        return
    if _works([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        _run([str(PYTHON), "-m", "ensurepip"])
        return
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def _install(lock_name: str) -> None:
    """By uv, in seconds; pip gets it as the lock pins it, and does its work where uv is told less of the network."""
    text = (PROJECT / lock_name).read_text()
    if not _works([str(UV), "--version"]):
        _pip_install(_only_uv(text))
    offline = ["--offline"] if _offline() else []
    try:
        _run([str(UV), "pip", "install", "--python", str(PYTHON), *offline, "--require-hashes", "-r", lock_name])
    except SystemExit:
        _say("uv could not; pip tries, which takes minutes")
        _pip_install(PROJECT / lock_name, total=len(re.findall(r"^[A-Za-z0-9].*==", text, re.MULTILINE)))


def _only_uv(lock: str) -> Path:
    """A lock of uv alone."""
    found = re.search(r"^uv==.*(\n +--hash=.*)*", lock, re.MULTILINE)
    part = VENV / "uv.txt"
    part.write_text(found[0] + "\n" if found else "")
    return part


def _pip_install(lock: Path, total: int = 0) -> None:
    # pip asks again after a pause that doubles: once is enough to tell a refused network from a hiccup.
    network = ["--no-index"] if _offline() else ["--timeout", "10", "--retries", "1"]
    _pip("install", "--require-hashes", "--requirement", str(lock), *network, total=total)


def _offline() -> bool:
    return os.environ.get("GROUNDWORK_OFFLINE", "").lower() not in ("", "0", "false", "no")


def _pip(*arguments: str, total: int = 0) -> None:
    _run([str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments], total=total)


def _run(command: list[str], total: int = 0) -> None:
    """Runs one step; of its many lines only how far it is gets out, and its errors."""
    lines: list[str] = []
    collected, said = 0, time.monotonic()
    environment = {"UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "1", **_indexes(), **os.environ}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as child:
        for line in child.stdout or ():
            lines.append(line.rstrip())
            if total and re.match(r"Collecting |Requirement already satisfied", line):
                collected += 1
            if total and time.monotonic() - said > 2:
                said = time.monotonic()
                _say(f"{collected} of {total} packages")
            if line.startswith("Installing collected"):
                total = 0
            if line.startswith("Downloading ") and command[0] == str(UV):
                _say(line.strip().lower())
    if child.returncode:
        raise SystemExit(_explain(command, lines))


def _indexes() -> dict[str, str]:
    """Where pip was told to look, uv looks too."""
    told = {"UV_DEFAULT_INDEX": "PIP_INDEX_URL", "UV_INDEX": "PIP_EXTRA_INDEX_URL"}
    return {ours: os.environ[pips] for ours, pips in told.items() if os.environ.get(pips)}


def _explain(command: list[str], lines: list[str]) -> str:
    text = "\n".join(lines)
    if "No space left on device" in text:
        return f"error: no space left on the disk of {VENV}; free some and give the same command again"
    if "ensurepip" in text:
        return f"error: {sys.executable} can't make environments; install its venv module (Debian: python3-venv)"
    errors = [line for line in lines if re.match(r"ERROR|error: | +cause: ", line)] or lines[-3:]
    advice = "Let this machine reach the package index, and give the same command again."
    if _offline():
        advice = "Offline (GROUNDWORK_OFFLINE): give the command once with network."
    return f"error: {' '.join(command[1:5])} failed:\n  " + "\n  ".join(errors) + f"\n{advice}"


def _say(text: str) -> None:
    print(f"environment: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit("interrupted: the same command goes on from here")
    except OSError as problem:
        sys.exit(f"error: {problem.filename or VENV}: {problem.strerror}")
