"""`groundwork cluster`: local control planes, their start and stop."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.toolchain import ControlPlane, Status

Stack = Annotated[str, typer.Argument(metavar="STACK", help="The environment: stacks/Pulumi.STACK.yaml.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network; say what is missing.")]
Json = Annotated[bool, typer.Option("--json", help="Print the state as JSON.")]


class LocalKind(StrEnum):
    """The kinds of control planes that this machine can run."""

    auto = "auto"
    kind = "kind"
    simulated = "simulated"


Kind = Annotated[LocalKind | None, typer.Option("--kind", help="Instead of what the stack file says.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Start, stop and look at the control plane of an environment.",
        epilog="Example: groundwork cluster start local && groundwork cluster status local --json",
    )
    group.command("start", epilog="Example: groundwork cluster start local --kind simulated")(start)
    group.command("status", epilog="Example: groundwork cluster status local --json | jq -r .state")(status)
    group.command("stop", epilog="Example: groundwork cluster stop local")(stop)
    group.command("delete", epilog="Example: groundwork cluster delete local --yes")(delete)
    app.add_typer(group, name="cluster")


def start(
    stack: Stack = "local",
    kind: Kind = None,
    merge_kubeconfig: Annotated[
        bool, typer.Option("--merge-kubeconfig", help="Add its context to your own kubeconfig, too.")
    ] = False,
    offline: Offline = False,
    json_: Json = False,
) -> None:
    """Start the control plane, or what has crashed of it, and wait until it is ready."""
    plane = _plane(stack, kind, offline=offline)
    plane.start()
    if merge_kubeconfig:
        from infra.toolchain.kubeconfig import merge_into_user_kubeconfig

        merged = merge_into_user_kubeconfig(plane.kubeconfig)
        typer.echo(f"context {plane.context} is in {merged}", err=True)
    _print(plane.status(), json_)


def status(stack: Stack = "local", kind: Kind = None, json_: Json = False) -> None:
    """Say what runs; exits 1 unless all of it does."""
    state = _plane(stack, kind, offline=True).status()
    _print(state, json_)
    if state.state != "running":
        raise typer.Exit(1)


def stop(stack: Stack = "local", kind: Kind = None, json_: Json = False) -> None:
    """Stop the control plane; its objects are kept."""
    plane = _plane(stack, kind, offline=True)
    plane.stop()
    _print(plane.status(), json_)


def delete(
    stack: Stack = "local",
    kind: Kind = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    json_: Json = False,
) -> None:
    """Remove the control plane with all its objects and volumes."""
    from infra.errors import UserError

    plane = _plane(stack, kind, offline=True)
    if not yes:
        question = f"Everything on the {plane.kind} control plane of `{stack}` is lost. Its name, to go on"
        if typer.prompt(question, err=True) != stack:
            raise UserError(f"that is not `{stack}`: nothing was removed")
    plane.delete()
    _print(plane.status(), json_)


def _plane(stack: str, kind: LocalKind | None, *, offline: bool) -> "ControlPlane":
    from infra.settings import load
    from infra.settings.capabilities import AutoCluster, Cluster, KindCluster, SimulatedCluster
    from infra.toolchain import control_plane

    settings = load(stack).settings.cluster
    if kind:
        chosen: dict[LocalKind, Cluster] = {
            LocalKind.auto: AutoCluster(),
            LocalKind.kind: KindCluster(kind="kind"),
            LocalKind.simulated: SimulatedCluster(kind="simulated"),
        }
        settings = chosen[kind]
    return control_plane(settings, stack, offline=offline or None, on_progress=lambda line: typer.echo(line, err=True))


def _print(status: "Status", json_: bool) -> None:
    if json_:
        import json

        typer.echo(json.dumps(status.to_json(), indent=1))
        return
    typer.echo(f"{status.context}: {status.message}")
    for part in status.parts:
        typer.echo(f"  {part.name}: {'up' if part.running else f'down, see {part.log}' if part.log else 'down'}")
    if status.state == "running":
        typer.echo(f"  kubeconfig {status.kubeconfig}")
