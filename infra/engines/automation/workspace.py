"""The stack of an environment as the Automation API sees it, over this project's own program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pulumi.automation import (
    CommandError,
    ConcurrentUpdateError,
    ConfigMap,
    Deployment,
    EngineEvent,
    LocalWorkspace,
    OutputMap,
    UpdateSummary,
)
from pulumi.automation import (
    Stack as PulumiStack,
)

from infra.engines.automation.backend import LocalBackend, local_backend, variables
from infra.engines.automation.command import Command
from infra.engines.automation.stack_file import names_other_cluster, private_copy
from infra.engines.cluster import Target
from infra.errors import UserError
from infra.paths import PROJECT, environment_dir
from infra.settings import RootSecret, Stack, from_config, root_secret
from infra.settings.document import read
from infra.settings.stack import NAMESPACE

OnEngineEvent = Callable[[EngineEvent], Any]


class ProjectStack(PulumiStack):
    """An existing stack. Where the SDK starts the CLI again only to report what nobody asked, this doesn't."""

    def __init__(self, name: str, workspace: LocalWorkspace) -> None:
        # The base class selects the stack, for every later `pulumi` of this user.
        self.name = name
        self.workspace = workspace

    def outputs(self) -> OutputMap:
        """None: `up` asks for them after every run. `Workspace.outputs` reads them."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:
        """Nothing: `up` and `refresh` ask for it, and would write into the stack file for that."""
        return UpdateSummary("", datetime.now(UTC), "", {}, {}, "")


class Workspace:
    """Runs Pulumi's operations on one environment."""

    def __init__(self, stack: Stack, command: Command, target: Target) -> None:
        self._of = stack
        self._command = command
        self.backend = local_backend(stack)
        self._workspace = LocalWorkspace(
            work_dir=str(PROJECT), env_vars=variables(stack, target), pulumi_command=command
        )
        self._stack = ProjectStack(stack.name, self._workspace)

    def open(self, *, to_change: bool) -> None:
        """Makes the stack where it is missing, and takes away the lock of a run that is dead.

        Raises `UserError` where the state can't be reached, is damaged, or is being worked on.
        """
        if self.backend:
            make_stack(self.backend, self._command)
            if to_change and self.backend.stale_locks():
                self._stack.cancel()
            return
        provider = read(self._of.path).data.get("secretsprovider")
        self._workspace.secrets_provider = provider if isinstance(provider, str) else None
        if not self.exists:
            self._workspace.create_stack(self._of.name)

    @property
    def exists(self) -> bool:
        """Whether the stack has been made."""
        if self.backend:
            return self.backend.exists
        return self._of.name in {summary.name.rpartition("/")[2] for summary in self._workspace.list_stacks()}

    def root_secret(self) -> RootSecret:
        """The root secret as a run's program gets it, whatever encrypts it."""
        if self.backend:
            # The CLI would write into the stack file.
            return root_secret(self._of)
        return from_config(_Decrypted(self._workspace.get_all_config(self._of.name)), self._of.name)[1]

    def state(self) -> dict[str, Any]:
        """The deployment, its secrets encrypted."""
        if self.backend:
            return self.backend.checkpoint()
        return dict(self._stack.export_stack().deployment or {})

    def replace_state(self, deployment: Mapping[str, Any]) -> None:
        """Puts an edited deployment in the place of the present one."""
        self._stack.import_stack(Deployment(version=3, deployment=dict(deployment)))

    def preview(self, on_event: OnEngineEvent) -> None:
        """What `up` would do."""
        self._stack.preview(on_event=on_event, **self._options())

    def up(self, on_event: OnEngineEvent) -> None:
        """Carries the program out."""
        self._stack.up(on_event=on_event, show_secrets=False, **self._options())

    def preview_refresh(self, on_event: OnEngineEvent) -> None:
        """What differs from the state, without changing it."""
        self._stack.preview_refresh(on_event=on_event, **self._options())

    def destroy(self, on_event: OnEngineEvent) -> None:
        """Deletes everything that the state knows, but what is protected and what that depends on."""
        self._stack.destroy(on_event=on_event, show_secrets=False, exclude_protected=True, **self._options())

    def destroy_objects(self, on_event: OnEngineEvent) -> None:
        """Deletes what the platform has in its cluster, and what builds on that; nodes and cluster stay."""
        providers = platform_providers(self.state())
        if providers:
            self._stack.destroy(
                on_event=on_event, show_secrets=False, target=providers, target_dependents=True, **self._options()
            )

    def outputs(self) -> OutputMap:
        """What the stack exports, secrets in clear and marked."""
        return self._workspace.stack_outputs(self._of.name)

    def _options(self) -> dict[str, Any]:
        directory = self.backend.directory if self.backend else None
        if directory is None and names_other_cluster(self._of):
            directory = environment_dir(self._of.name)
        file = private_copy(self._of, directory) if directory else None
        return {"color": "never", "suppress_outputs": True, "config_file": str(file) if file else None}


def platform_providers(deployment: Mapping[str, Any]) -> list[str]:
    """URN of the provider of the platform's objects. That of its nodes belongs to the cluster's component."""
    return [
        resource["urn"]
        for resource in deployment.get("resources") or []
        if resource["type"] == "pulumi:providers:kubernetes"
        and "$" not in resource["urn"].split("::")[2]
        and not resource.get("delete")
    ]


@dataclass(frozen=True)
class _Decrypted:
    """A stack's configuration as `pulumi.Config("groundwork")` has it."""

    values: ConfigMap = field(repr=False)

    def get(self, key: str) -> str | None:
        found = self.values.get(f"{NAMESPACE}:{key}")
        return found.value if found else None


def make_stack(backend: LocalBackend, command: Command) -> None:
    """The empty stack, where it is missing."""
    if not backend.exists:
        elsewhere = str(backend.empty_project())
        workspace = LocalWorkspace(work_dir=elsewhere, env_vars=backend.variables, pulumi_command=command)
        workspace.create_stack(backend.environment)


def refused(error: CommandError, environment: str, backend: LocalBackend | None) -> UserError | None:
    """The reason why Pulumi would not even begin, None where it is another one."""
    said = str(error)
    if "incorrect passphrase" in said:
        where = f"{backend.directory / 'passphrase'}" if backend else "PULUMI_CONFIG_PASSPHRASE(_FILE)"
        return UserError(
            f"the passphrase in {where} is not the one that {environment}'s state was encrypted with. "
            "Restore the right one. Nothing was changed."
        )
    if isinstance(error, ConcurrentUpdateError):
        return UserError(
            f"another run is working on {environment}; wait for it. If it is dead: `pulumi cancel -s {environment}`"
        )
    if "PULUMI_ACCESS_TOKEN must be set" in said:
        return UserError(
            "Pulumi has no backend to keep the state in: `pulumi login` (`pulumi login s3://…` for a bucket), "
            "or set PULUMI_BACKEND_URL"
        )
    return None
