"""What stands for each image: the same program from its package, with the vendor's users, folders and entrypoint."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract import software
from tests.contract.sandbox import Bind

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LOCKS = {"3.17.2": "requirements.txt"}


@dataclass(frozen=True, kw_only=True)
class Image:
    """A look-alike. `files` maps a path in the image to the program or text that is there."""

    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path | str] = field(default_factory=dict)
    folders: Sequence[str] = ()
    layers: Sequence[Path] = ()
    binds: Sequence[Bind] = ()
    users: Mapping[str, int] = field(default_factory=dict)
    stop_signal: str = "TERM"
    folder: str = "/"


def image(reference: str) -> Image:
    """The look-alike of a reference, by the end of its repository and, for MLflow, its version."""
    repository, _, tag = reference.partition("@")[0].rpartition(":")
    name = repository.rsplit("/", 1)[-1]
    if name not in _IMAGES:
        raise KeyError(f"nothing stands for {reference}: add it to tests/contract/images.py")
    made: Image = _IMAGES[name](tag)
    return made


def _versitygw(tag: str) -> Image:
    return Image(
        entrypoint=["/usr/local/bin/versitygw"],
        env={"PATH": _PATH},
        files={"/usr/local/bin/versitygw": software.go_binary("versitygw")},
    )


def _registry(tag: str) -> Image:
    return Image(
        entrypoint=["/bin/registry"],
        command=["serve", "/etc/distribution/config.yml"],
        env={"PATH": _PATH, "OTEL_TRACES_EXPORTER": "none"},
        # Where `/bin` leads to on a machine with merged folders, as all that these tests run on are.
        files={"/usr/bin/registry": software.go_binary("registry")},
        folders=["/var/lib/registry"],
    )


def _nginx(tag: str) -> Image:
    return Image(
        entrypoint=[],
        command=["nginx", "-g", "daemon off;"],
        env={"PATH": _PATH},
        layers=[software.debian_layer()],
        folders=["/etc/nginx/conf.d", "/var/cache/nginx", "/var/log/nginx"],
        users={"nginx": 101},
        stop_signal="QUIT",
    )


def _postgres(tag: str) -> Image:
    layer = software.debian_layer()
    binaries = sorted(p for root in (layer, Path("/")) for p in root.glob("usr/lib/postgresql/*/bin"))[-1]
    version = binaries.parent.name
    return Image(
        entrypoint=["docker-entrypoint.sh"],
        command=["postgres"],
        env={
            "PATH": f"/usr/lib/postgresql/{version}/bin:{_PATH}",
            "LANG": "C.UTF-8",
            "PGDATA": "/var/lib/postgresql/data",
        },
        layers=[layer],
        files={"/usr/local/bin/docker-entrypoint.sh": software.HERE / "postgres-entrypoint.sh"},
        folders=["/var/lib/postgresql/data", "/var/run/postgresql"],
        users={"postgres": 999},
        stop_signal="INT",
    )


def _mlflow(tag: str) -> Image:
    found = re.match(r"v?(\d+\.\d+\.\d+)", tag)
    version = found[1] if found else ""
    lock = software.HERE / (_LOCKS.get(version) or f"requirements-mlflow-{version}.txt")
    venv = software.python_environment(lock)
    # The environment's interpreter is a link to the one that made it, which may live in somebody's home.
    interpreter = Path(sys.base_prefix)
    homes = [venv] if interpreter.is_relative_to("/usr") else [venv, interpreter]
    return Image(
        env={"PATH": f"{venv}/bin:{_PATH}", "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"},
        binds=[Bind(source=home, target=str(home)) for home in homes],
    )


_IMAGES = {
    "versitygw": _versitygw,
    "registry": _registry,
    "nginx-unprivileged": _nginx,
    "postgres": _postgres,
    "mlflow": _mlflow,
}
