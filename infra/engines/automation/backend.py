"""Where Pulumi keeps an environment's state, and the variables with which any `pulumi` reaches it."""

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.engines.cluster import Target
from infra.errors import UserError
from infra.paths import PROJECT, environment_dir
from infra.settings import Stack
from infra.toolchain.kubeconfig import user_kubeconfigs
from infra.toolchain.record import write_private

SPEED: Mapping[str, str] = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_PARALLEL_DIFF": "true",
    "PULUMI_K8S_CLIENT_QPS": "100",
    "PULUMI_K8S_CLIENT_BURST": "200",
}

_FILES = frozenset({"certificate-authority", "client-certificate", "client-key", "tokenFile"})
"""Keys of a kubeconfig that name files, relative to its own folder."""


@dataclass(frozen=True)
class LocalBackend:
    """The state of an environment whose secrets stay on this machine: files of this user's, one folder (0700)."""

    environment: str
    directory: Path

    @classmethod
    def of(cls, environment: str) -> "LocalBackend":
        """The environment's folder, made if need be."""
        directory = environment_dir(environment) / "pulumi"
        directory.mkdir(mode=0o700, exist_ok=True)
        return cls(environment, directory)

    @property
    def variables(self) -> dict[str, str]:
        """What the CLI needs to find the state and read its secrets."""
        return {
            "PULUMI_BACKEND_URL": f"file://{self.directory}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self._passphrase),
            # The salt of the passphrase then comes from the state: a stack file is the same on every machine.
            "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        }

    @property
    def state(self) -> Path:
        """The stack's state as Pulumi's file backend lays it out."""
        return self.directory / ".pulumi" / "stacks" / _project_name() / f"{self.environment}.json"

    @property
    def cluster(self) -> str:
        """The identity of the cluster that the state is about; empty before the first run."""
        return self._cluster.read_text() if self._cluster.exists() else ""

    def remember_cluster(self, identity: str) -> None:
        """Notes which cluster the state is about."""
        if identity != self.cluster:
            self._cluster.write_text(identity)

    @property
    def _cluster(self) -> Path:
        return self.directory / "cluster"

    @property
    def _passphrase(self) -> Path:
        return self.directory / "passphrase"

    @property
    def exists(self) -> bool:
        """Whether the stack has been made. Raises `UserError` where its state is damaged or can't be read."""
        if not self.state.exists():
            _make_private(self._passphrase, secrets.token_urlsafe(32))
            return False
        if not self._passphrase.exists():
            raise UserError(
                f"{self._passphrase} is missing, and the secrets in {self.environment}'s state can't be read without "
                "it. Restore it from a backup. Nothing was changed."
            )
        self.checkpoint()
        return True

    def empty_project(self) -> Path:
        """A folder with an empty project of the same name.

        `pulumi stack init` writes the passphrase's salt into the stack file: there into one that nobody reads.
        """
        folder = self.directory / "init"
        folder.mkdir(exist_ok=True)
        (folder / "Pulumi.yaml").write_text(f"name: {_project_name()}\nruntime: python\n")
        (folder / f"Pulumi.{self.environment}.yaml").unlink(missing_ok=True)
        return folder

    def checkpoint(self) -> dict[str, object]:
        """The deployment in the state file, its secrets encrypted. Raises `UserError` where the file is damaged."""
        try:
            latest = json.loads(self.state.read_bytes())["checkpoint"]["latest"]
        except (ValueError, KeyError, TypeError):
            previous = self.state.with_name(self.state.name + ".bak")
            way = (
                f"The state before the last run's end is beside it; to go on from that:\n"
                f"  cp {previous} {self.state}\n  groundwork refresh {self.environment}"
                if previous.exists()
                else f"Restore it from a backup. Earlier states are in {self.directory / '.pulumi' / 'history'}."
            )
            raise UserError(f"{self.state} is damaged: it is no Pulumi state. Nothing was changed.\n{way}") from None
        except OSError as error:
            raise UserError(f"{self.state} can't be read: {error.strerror}") from None
        return latest if isinstance(latest, dict) else {}

    def stale_locks(self) -> bool:
        """Whether a run that is dead left its lock. Raises `UserError` where a living one holds it.

        To be asked under the environment's lock: it tells that no run of ours is alive, but not a `pulumi` of a
        person's own.
        """
        folder = self.directory / ".pulumi" / "locks" / "organization" / _project_name() / self.environment
        locks = sorted(folder.glob("*.json"))
        for path in locks:
            try:
                holder = json.loads(path.read_bytes())
            except (OSError, ValueError):
                continue
            if holder.get("hostname") == socket.gethostname() and _is_pulumi(holder.get("pid")):
                raise UserError(
                    f"`pulumi` (process {holder['pid']}, since {holder.get('timestamp')}) is working on "
                    f"{self.environment}; wait for it, or end it with `kill -INT {holder['pid']}`"
                )
        return bool(locks)


def local_backend(stack: Stack) -> LocalBackend | None:
    """Where the state is on this machine; None where it is in whatever backend Pulumi is told to use."""
    return LocalBackend.of(stack.name) if stack.settings.root_secret.kind == "machine" else None


def variables(stack: Stack, target: Target) -> dict[str, str]:
    """With these, any `pulumi -s <environment>` works on the same state and the same cluster as the engine."""
    backend = local_backend(stack)
    return {**SPEED, **_kubeconfig(stack.name, target), **(backend.variables if backend else {})}


def _kubeconfig(environment: str, target: Target) -> Mapping[str, str]:
    """One file: the Kubernetes provider keeps the variable as its own input, and reads no list of files."""
    if target.kind in ("eks", "existing_eks"):
        # The program itself says how to reach it.
        return {"KUBECONFIG": str(target.kubeconfig)} if target.kubeconfig else {}
    source = target.kubeconfig or user_kubeconfigs()[0]
    config = yaml.safe_load(source.read_text()) if target.kind == "existing" and target.context else None
    if not isinstance(config, dict) or config.get("current-context") == target.context:
        return {"KUBECONFIG": str(source)}
    # The chosen context is not the current one, and only a file can say which is.
    copy = environment_dir(environment) / "kubeconfig"
    write_private(
        copy, yaml.safe_dump({**_absolute(config, source.parent.resolve()), "current-context": target.context})
    )
    return {"KUBECONFIG": str(copy)}


def _absolute(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A kubeconfig whose files are found from any folder."""
    for entry in [*(config.get("clusters") or []), *(config.get("users") or [])]:
        for part in (entry.get("cluster"), entry.get("user")):
            for key in _FILES & (part or {}).keys():
                part[key] = str(folder / part[key])
    return config


def _is_pulumi(pid: object) -> bool:
    answer = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True)
    return Path(answer.stdout.strip()).name.startswith("pulumi")


def _project_name() -> str:
    name: str = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["name"]
    return name


def _make_private(path: Path, text: str) -> None:
    """Writes whole or not at all, and never over what another process has just made."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
