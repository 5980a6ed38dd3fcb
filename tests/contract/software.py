"""The real software that stands behind the images: from PyPI, Debian and Go modules, kept in the user's cache.

Nothing is installed on the machine: Python packages go to environments of their own, Debian's packages are unpacked
into a folder that becomes a layer of a pod's root file system.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from infra.errors import UserError
from infra.paths import cache_dir
from infra.toolchain.golang import get_go

HERE = Path(__file__).resolve().parent
_PROGRAMS = {
    "postgresql": ("usr/lib/postgresql/*/bin/postgres",),
    "nginx-light": ("usr/sbin/nginx",),
    "iproute2": ("usr/bin/ip", "usr/sbin/ip"),
}


class Unavailable(Exception):
    """This machine can't have the software; the message says why. Tests skip with it."""


def home() -> Path:
    """Where the tests keep what they fetched and built; may be deleted at any time."""
    path = cache_dir() / "tests"
    path.mkdir(parents=True, exist_ok=True)
    return path


def say(text: str) -> None:
    """A line of progress, past pytest's capture."""
    print(text, file=sys.__stderr__, flush=True)


@contextmanager
def _making(target: Path, what: str) -> Iterator[bool]:
    """Yields whether `target` is still to be made; one process at a time makes it, a failed one leaves no stamp."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stamp = target.with_name(f"{target.name}.made")
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and target.exists():
            yield False
            return
        say(f"  {what} ...")
        begin = time.monotonic()
        yield True
        stamp.touch()
        say(f"  {what}: {time.monotonic() - begin:.0f} s")


def _run(argv: Sequence[str | Path], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(a) for a in argv], cwd=cwd, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise Unavailable(f"{argv[0]} failed:\n{tail}")


def python_environment(lock: Path) -> Path:
    """The virtual environment of a lock with hashes; made once for each content of it."""
    key = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    venv = home() / "venvs" / f"{lock.stem}-{key}"
    with _making(venv, f"Python environment of {lock.name} (about a minute)") as missing:
        if missing:
            shutil.rmtree(venv, ignore_errors=True)
            uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
            python = venv / "bin" / "python"
            if uv:
                install: list[str | Path] = [uv, "pip", "install", "-q", "--compile-bytecode", "--python", python]
                _run([uv, "venv", "-q", "--python", sys.executable, venv])
                _run([*install, "--require-hashes", "-r", lock])
            else:
                _run([sys.executable, "-m", "venv", venv])
                _run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock])
    return venv


def go_binary(name: str) -> Path:
    """A server built from its Go module, pinned by `modules/<name>/go.mod` and `go.sum`."""
    module = HERE / "modules" / name
    pins = (module / "go.mod").read_bytes() + (module / "go.sum").read_bytes()
    folder = home() / "bin" / f"{name}-{hashlib.sha256(pins).hexdigest()[:12]}"
    with _making(folder, f"go build {name} (about a minute)") as missing:
        if missing:
            package = next(
                line.split()[1] for line in (module / "go.mod").read_text().splitlines() if line.startswith("tool ")
            )
            env = dict(os.environ, CGO_ENABLED="0", GOFLAGS="-buildvcs=false", GOWORK="off")
            _run(
                [_go(), "build", "-mod=readonly", "-ldflags", "-s -w", "-o", f"{folder}/", package], cwd=module, env=env
            )
    return next(folder.iterdir())


def _go() -> Path:
    try:
        return get_go(offline=False, on_progress=say)
    except UserError as error:
        raise Unavailable(str(error)) from error


def debian_layer() -> Path:
    """A folder with what this machine lacks of PostgreSQL, nginx and iproute2, as Debian packages them."""
    layer = home() / "debian"
    if layer.exists() and _missing(layer):
        layer.with_name("debian.made").unlink(missing_ok=True)
    with _making(layer, f"Debian packages {', '.join(_PROGRAMS)}") as missing:
        if missing:
            shutil.rmtree(layer, ignore_errors=True)
            layer.mkdir()
            for package in _download(_missing(layer)):
                _run(["dpkg-deb", "-x", package, layer])
            _merge_usr(layer)
            if lacking := _missing(layer):
                raise Unavailable(f"Debian's packages {' and '.join(lacking)} do not hold the programs looked for")
    return layer


def _missing(layer: Path) -> list[str]:
    """The packages whose program is neither on this machine nor in the layer."""
    return [
        package
        for package, places in _PROGRAMS.items()
        if not any(any(root.glob(place)) for root in (Path("/"), layer) for place in places)
    ]


def _merge_usr(layer: Path) -> None:
    """Moves what older packages put in `/bin` and `/lib` to where those lead on a machine."""
    for name in ("bin", "sbin", "lib", "lib64"):
        if (layer / name).is_dir():
            shutil.copytree(layer / name, layer / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(layer / name)


def tool_environment() -> dict[str, str]:
    """Variables with which the layer's programs run outside of pods, after this machine's own."""
    layer = debian_layer()
    libraries = ":".join(str(path) for path in sorted((layer / "usr/lib").glob("*-linux-gnu")))
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:{layer}/usr/sbin:{layer}/usr/bin"
    return {**os.environ, "PATH": path, **({"LD_LIBRARY_PATH": libraries} if (layer / "usr/bin/ip").exists() else {})}


def _download(packages: Sequence[str]) -> list[Path]:
    """These packages and what they miss here, by apt with lists and archives of our own: no root, nothing installed."""
    if not packages:
        return []
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Unavailable(f"no {' and '.join(packages)} on this machine, and no Debian to get them from")
    apt = home() / "apt"
    shutil.rmtree(apt / "cache", ignore_errors=True)
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    options = [
        "-o", f"Dir::State={apt}/state", "-o", "Dir::State::status=/var/lib/dpkg/status",
        "-o", f"Dir::Cache={apt}/cache", "-o", "APT::Sandbox::User=",
        "-o", "Debug::NoLocking=true", "-o", "Acquire::Retries=2", "-q", "-y",
    ]  # fmt: skip
    _run(["apt-get", *options, "update"])
    _run(["apt-get", *options, "install", "--no-install-recommends", "--download-only", *packages])
    return sorted((apt / "cache/archives").glob("*.deb"))


def get_all() -> None:
    """Everything beforehand, where a person sees how far it is; tests say what a missing one means."""
    wanted: list[Callable[[], Path]] = [debian_layer]
    wanted += [partial(python_environment, lock) for lock in sorted(HERE.glob("requirements*.txt"))]
    wanted += [partial(go_binary, module.name) for module in sorted((HERE / "modules").iterdir())]
    for get in wanted:
        try:
            get()
        except Unavailable as reason:
            say(f"  not to be had here: {reason}")


if __name__ == "__main__":
    get_all()
