"""Any cluster that is already there, by kube context; its owner starts and stops it."""

import subprocess
from pathlib import Path

from infra.errors import UserError
from infra.toolchain.control_planes import State, Status
from infra.toolchain.kubeconfig import contexts, user_kubeconfigs
from infra.toolchain.obtaining import OnProgress, tool
from infra.toolchain.record import cluster_dir, write_private

_ANSWER_WITHIN = 5


class ExistingControlPlane:
    """Checked, never started or stopped."""

    kind = "existing"
    simulated = False

    def __init__(self, environment: str, context: str, *, offline: bool, on_progress: OnProgress) -> None:
        self.environment = environment
        self.context = context
        self._files = user_kubeconfigs()
        # One file is used where it is, so that its tokens can be refreshed; several are put together in a private copy.
        self.kubeconfig = (
            self._files[0] if len(self._files) == 1 else cluster_dir(environment).absolute() / "kubeconfig"
        )
        self._offline = offline
        self._on_progress = on_progress

    def start(self) -> None:
        """Checks that the context exists and that its server answers within seconds."""
        self._check_context()
        kubectl = tool("kubectl", offline=self._offline, on_progress=self._on_progress)
        if len(self._files) > 1:
            view = ["config", "view", "--minify", "--flatten", "--raw"]
            write_private(self.kubeconfig, self._kubectl(kubectl, *view))
        self._kubectl(kubectl, "get", "--raw", "/version")

    def stop(self) -> None:
        raise UserError(self._not_ours("stops"))

    def delete(self) -> None:
        raise UserError(self._not_ours("deletes"))

    def status(self) -> Status:
        state: State
        try:
            self.start()
        except UserError as error:
            state, message = "absent", str(error)
        else:
            state, message = "running", "answers; Groundwork neither starts nor stops it"
        return Status(self.kind, state, self.context, str(self.kubeconfig), False, message)

    def _check_context(self) -> None:
        known = contexts(self._files)
        if self.context not in known:
            places = ", ".join(map(str, self._files))
            raise UserError(
                f"{self._where()}: there is no context `{self.context}` in {places}\n"
                f"Contexts there: {', '.join(known) or 'none'}. Name one of them, or set KUBECONFIG."
            )

    def _kubectl(self, kubectl: Path, *arguments: str) -> str:
        command: list[str | Path] = [
            kubectl,
            "--context",
            self.context,
            f"--request-timeout={_ANSWER_WITHIN}s",
            *arguments,
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=2 * _ANSWER_WITHIN
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"{self._where()}: no answer within {2 * _ANSWER_WITHIN} s") from None
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise UserError(
                f"{self._where()}: the server doesn't answer: {said[-1] if said else 'kubectl failed'}\n"
                f"Try: kubectl --context {self.context} version"
            )
        return done.stdout

    def _where(self) -> str:
        return f"stacks/Pulumi.{self.environment}.yaml: cluster.context `{self.context}`"

    def _not_ours(self, verb: str) -> str:
        return f"{self._where()} is an existing cluster: Groundwork never {verb} it"
