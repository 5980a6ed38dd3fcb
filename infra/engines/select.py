"""Opens an environment for one command: its settings, its cluster, and the engine that installed it or will."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from infra.engines.base import Engine
from infra.engines.cluster import Cluster, Target
from infra.engines.lock import environment_lock
from infra.engines.managed import is_managed, managed_cluster, require_pulumi
from infra.engines.places import chosen_cluster, forget, knows, remember
from infra.engines.record import Record, check_record, read_record, system_namespace
from infra.errors import UserError
from infra.graph import capture_environment
from infra.paths import environment_dir
from infra.settings import (
    RootSecret,
    Stack,
    forget_root_secret,
    has_no_machine_secret,
    load,
    placeholder_root_secret,
    root_secret,
)
from infra.settings.capabilities import AutoCluster, ExistingCluster, KindCluster, SimulatedCluster
from infra.settings.capabilities import Cluster as ClusterSettings
from infra.settings.support import require_support
from infra.toolchain import TOOLS, tool
from infra.toolchain.control_planes import ControlPlane, control_plane
from infra.toolchain.finding import find

Command = Literal["up", "preview", "refresh", "destroy", "outputs", "restore"]
OnProgress = Callable[[str], None]

ENGINES = ("auto", "pulumi", "helm")
CLUSTERS = ("auto", "existing", "kind", "simulated")


@dataclass(frozen=True)
class Request:
    """What a person asked for, beside the stack file."""

    stack: str
    engine: str = "auto"
    """One of `ENGINES`; `auto` is the one that installed it, else Pulumi where its CLI is found, else Helm."""
    cluster: str | None = None
    """One of `CLUSTERS`, in place of the stack file's."""
    context: str | None = None
    """A kube context; it implies `existing`."""
    offline: bool = False
    timeout: int = 600
    """Seconds until what is not ready counts as failed."""
    allow_data_loss: bool = False


@dataclass(frozen=True)
class Session:
    """An open environment."""

    stack: Stack
    engine: Engine
    target: Target
    cluster: Cluster
    simulated: bool
    """Whether containers do not really run there."""
    stranger: bool = False
    """Whether it is installed there, and not from this machine."""
    plane: ControlPlane | None = None
    """What starts the cluster, if we do."""

    def forget(self, *, destroyed: bool) -> bool:
        """Nothing is there any more. Returns whether the machine's root secret went with what was destroyed."""
        directory = environment_dir(self.stack.name)
        nowhere = self.plane is not None and forget(directory, self.plane)
        # What is outside of the cluster stays, and dumps there can only be read whole with the same secret.
        all_gone = self.stack.settings.object_storage.kind != "external"
        return destroyed and nowhere and all_gone and not self.stranger and forget_root_secret(self.stack)


@contextmanager
def opened(request: Request, command: Command, on_progress: OnProgress) -> Iterator[Session]:
    """The environment and its engine. `up` starts a local control plane, `up`, `destroy` and `restore` hold the lock.

    Raises `UserError` before anything changed.
    """
    _check(request)
    stack = load(request.stack)
    if command == "up":
        stack.require_secrets()
        require_support(stack, datetime.now(UTC).date())
    directory = environment_dir(stack.name)
    stack = _with_cluster(stack, _wanted_cluster(request, stack, directory))
    with ExitStack() as cleanup:
        changes = command in ("up", "destroy", "restore")
        lock = cleanup.enter_context(environment_lock(directory, stack.name, command)) if changes else None
        place = _place(request, stack, command, on_progress)
        cluster = cleanup.enter_context(place.cluster)
        record = read_record(cluster, system_namespace(stack.settings.namespace_prefix))
        check_record(record, stack.name, _engine_name(request, stack, record), str(cluster.target))
        engine = _engine(request, stack, command, cluster, record, lock, on_progress)
        stranger = bool(record and place.plane and not knows(directory, place.plane))
        if command == "up" and place.plane:
            remember(directory, place.plane)
        simulated = bool(place.plane and place.plane.simulated)
        yield Session(stack, engine, cluster.target, cluster, simulated, stranger, place.plane)


@dataclass(frozen=True)
class _Place:
    """Where an environment runs: a cluster that is there or is still to be made, and what starts it, if we do."""

    cluster: Cluster
    plane: ControlPlane | None


def _place(request: Request, stack: Stack, command: Command, on_progress: OnProgress) -> _Place:
    offline = request.offline or None
    if is_managed(stack):
        pulumi = require_pulumi(stack, request.engine)
        return _Place(managed_cluster(stack, pulumi, offline, on_progress), None)
    plane = control_plane(stack.settings.cluster, stack.name, offline=offline, on_progress=on_progress)
    _bring_up(plane, stack.name, command)
    target = Target(plane.kind, plane.kubeconfig, plane.context)
    return _Place(Cluster(target, tool("kubectl", offline=offline, on_progress=on_progress)), plane)


def _check(request: Request) -> None:
    for given, known, option in ((request.engine, ENGINES, "--engine"), (request.cluster, CLUSTERS, "--cluster")):
        if given is not None and given not in known:
            raise UserError(f"{option} {given}: there is no such one; known are {', '.join(known)}")
    if request.context and request.cluster not in (None, "existing"):
        raise UserError(f"--context names an existing cluster, and --cluster {request.cluster} is another one")


def _wanted_cluster(request: Request, stack: Stack, directory: Path) -> ClusterSettings:
    """What the command line says, else the stack file, else (`auto`) where the last `up` went."""
    configured = stack.settings.cluster
    if request.context:
        return ExistingCluster(kind="existing", context=request.context)
    if request.cluster == "existing" and not isinstance(configured, ExistingCluster):
        raise UserError("--cluster existing needs --context NAME; `kubectl config get-contexts` lists them")
    named: dict[str | None, ClusterSettings] = {
        "kind": KindCluster(kind="kind"),
        "simulated": SimulatedCluster(kind="simulated"),
        "auto": AutoCluster(),
    }
    if request.cluster in named:
        return named[request.cluster]
    return chosen_cluster(stack, directory)


def _with_cluster(stack: Stack, cluster: ClusterSettings) -> Stack:
    return replace(stack, settings=stack.settings.model_copy(update={"cluster": cluster}))


def _bring_up(plane: ControlPlane, environment: str, command: Command) -> None:
    """Only `up` makes a control plane; `destroy` starts one that is stopped, to empty it."""
    if command == "up" or plane.kind == "existing":
        plane.start()
        return
    status = plane.status()
    if status.state == "running":
        return
    if status.state == "absent":
        raise UserError(
            f"{environment} has no control plane yet, so nothing is installed; "
            f"`groundwork up {environment}` makes and fills one"
        )
    if command != "destroy":
        raise UserError(
            f"the control plane of {environment} is {status.message}\n"
            f"start it with: groundwork cluster start {environment}"
        )
    plane.start()


def _root_secret(stack: Stack, record: Record | None, command: Command) -> RootSecret:
    """The root secret; a stand-in where none is needed, so that a plan can be made before the first `up`.

    A new one is never made for what is installed: it would change every credential.
    """
    if record is None and command == "up":
        return root_secret(stack, create=True)
    try:
        return root_secret(stack)
    except UserError:
        if (record is None and command == "preview") or command == "destroy":
            return placeholder_root_secret(stack.settings)
        if record is not None and has_no_machine_secret(stack):
            raise UserError(
                f"{stack.name} is installed there, but its root secret is not on this machine: another one, or another "
                f"state folder, brought it up.\nWork from there, bring its root-secret file to "
                f"{environment_dir(stack.name)} (mode 0600), or take the environment away: "
                f"groundwork destroy {stack.name} --confirm {stack.name}"
            ) from None
        raise


def _engine(
    request: Request,
    stack: Stack,
    command: Command,
    cluster: Cluster,
    record: Record | None,
    lock: int | None,
    on_progress: OnProgress,
) -> Engine:
    if _engine_name(request, stack, record) == "pulumi":
        if stack.settings.root_secret.kind == "machine":
            _root_secret(stack, record, command)
        return _pulumi(request, stack, cluster, lock, on_progress)
    from infra.engines.helm import HelmEngine, Installation

    return HelmEngine(
        Installation(
            environment=stack.name,
            graph=capture_environment(stack, _root_secret(stack, record, command)),
            namespace_prefix=stack.settings.namespace_prefix,
            cluster=cluster,
            helm=tool("helm", offline=request.offline or None, on_progress=on_progress),
            directory=environment_dir(stack.name),
            lock=lock,
            timeout=request.timeout,
            allow_data_loss=request.allow_data_loss,
        )
    )


def _engine_name(request: Request, stack: Stack, record: Record | None) -> str:
    if is_managed(stack):
        return "pulumi"
    if request.engine != "auto":
        return request.engine
    if record is not None:
        return record.engine
    return "pulumi" if find(TOOLS["pulumi"]) else "helm"


def _pulumi(request: Request, stack: Stack, cluster: Cluster, lock: int | None, on_progress: OnProgress) -> Engine:
    from infra.engines.pulumi import PulumiEngine, PulumiInstallation

    return PulumiEngine(
        PulumiInstallation(
            stack=stack,
            cluster=cluster,
            pulumi=tool("pulumi", offline=request.offline or None, on_progress=on_progress),
            lock=lock,
            timeout=request.timeout,
            allow_data_loss=request.allow_data_loss,
        )
    )
