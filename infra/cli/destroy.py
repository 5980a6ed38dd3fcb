"""`groundwork destroy`: takes an environment away, whole."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import (
    ClusterOption,
    ContextOption,
    EngineOption,
    JsonOption,
    OfflineOption,
    StackArgument,
    YesOption,
    request,
)

if TYPE_CHECKING:
    from infra.engines.base import Plan

_EXAMPLE = "Example: groundwork destroy local"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def destroy(
        stack: StackArgument,
        engine: EngineOption = "auto",
        cluster: ClusterOption = None,
        context: ContextOption = None,
        yes: YesOption = False,
        name: Annotated[
            str | None,
            typer.Option("--confirm", metavar="NAME", help="The environment's name, in place of being asked for it."),
        ] = None,
        offline: OfflineOption = False,
        json_: JsonOption = False,
    ) -> None:
        """List what goes, data first, ask for the environment's name, and leave nothing behind.

        A local control plane stays; `groundwork cluster stop` stops it. What another machine brought up takes
        more than --yes: --confirm NAME. A root secret that this machine made goes with the last installation.
        """
        from infra.cli.asking import agree_to_destroy
        from infra.cli.plans import plan_json, print_json, print_removal
        from infra.cli.progress import Progress
        from infra.engines.select import opened

        asked = request(stack, engine, cluster, context, offline)
        with Progress() as progress, opened(asked, "destroy", progress.say) as session:

            def confirm(plan: "Plan") -> None:
                progress.pause()
                print_removal(plan, session)
                agree_to_destroy(stack, yes=yes, confirmed=name, stranger=session.stranger)

            plan = session.engine.destroy(progress, confirm)
            secret_went = session.forget(destroyed=bool(plan.changed))
            progress.pause()
            if json_:
                print_json(plan_json(plan))
            elif plan.changed:
                typer.echo(f"{stack} is gone from {session.target}: {len(plan.changed)} objects deleted")
                _print_staying(plan)
                if secret_went:
                    typer.echo("Its root secret is deleted, too: another `up` makes new credentials.")
            else:
                typer.echo(f"{stack} is not installed on {session.target}: nothing to destroy")


def _print_staying(plan: "Plan") -> None:
    staying = len(plan.changes) - len(plan.changed)
    if staying:
        typer.echo(
            f"{staying} stay, because what holds data is protected. To take them too: `account.protection: off` in the "
            f"stack file, `groundwork up {plan.stack}`, and destroy again."
        )
