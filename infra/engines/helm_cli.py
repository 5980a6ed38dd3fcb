"""Running Helm: its own folders, no questions, no secret in its arguments, its words kept for a failure."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.engines.cluster import Target
from infra.engines.process import Child
from infra.paths import cache_dir

_LOOK_EVERY = 0.5
"""Seconds between two looks at the cluster while Helm works."""

_LIMITS = ("--qps", "200", "--burst-limit", "400")
"""Helm's own limits (5 and 100 requests a second) make a first install three times as long."""


class HelmFailed(Exception):
    """Helm ended without success; the text is what it said."""


class HelmCli:
    """Helm on one target. `held` are descriptors (of the lock) that it must keep open as long as it lives."""

    def __init__(self, helm: Path, target: Target, log: Path, held: Sequence[int] = ()) -> None:
        self._helm = helm
        self._target = target
        self._log = log
        self._held = held

    def run(self, arguments: Sequence[str], meanwhile: Callable[[], None]) -> None:
        """Runs it to its end. Raises `HelmFailed`."""
        flags = ["--kubeconfig", str(self._target.kubeconfig)] if self._target.kubeconfig else []
        flags += ["--kube-context", self._target.context] if self._target.context else []
        descriptor = os.open(self._log, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "w+b") as log,
            Child(
                [str(self._helm), *arguments, *flags, *_LIMITS],
                output=log,
                environment=_environment(),
                pass_fds=self._held,
            ) as child,
        ):
            while (status := child.wait(_LOOK_EVERY)) is None:
                meanwhile()
            if status:
                log.seek(0)
                raise HelmFailed(_words(log.read().decode(errors="replace")))


def _words(output: str) -> str:
    """What Helm said of its failure, without its log lines."""
    lines = output.strip().splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("Error:")), -1)
    return "\n".join(lines[start:]).removeprefix("Error:").strip() or "it said nothing"


def _environment() -> dict[str, str]:
    """Folders of ours: a person's plugins, repositories and settings stay out of it."""
    home = cache_dir() / "helm"
    return {
        "HELM_CACHE_HOME": str(home / "cache"),
        "HELM_CONFIG_HOME": str(home / "config"),
        "HELM_DATA_HOME": str(home / "data"),
        "HELM_DRIVER": "secret",
        "KUBECACHEDIR": str(home / "kube"),
    }
