"""`groundwork destroy`: takes an environment away, whole."""

from typing import TYPE_CHECKING

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
        offline: OfflineOption = False,
        json_: JsonOption = False,
    ) -> None:
        """List what goes, data first, ask for the environment's name, and leave nothing behind.

        A local control plane stays; `groundwork cluster stop` stops it.
        """
        from infra.cli.asking import agree_by_name
        from infra.cli.plans import plan_json, print_json, print_removal
        from infra.cli.progress import Progress
        from infra.engines.select import opened

        asked = request(stack, engine, cluster, context, offline)
        with Progress() as progress, opened(asked, "destroy", progress.say) as session:

            def confirm(plan: "Plan") -> None:
                progress.pause()
                print_removal(plan, session)
                agree_by_name(stack, yes)

            plan = session.engine.destroy(progress, confirm)
            progress.pause()
            if json_:
                print_json(plan_json(plan))
            elif plan.changed:
                typer.echo(f"{stack} is gone from {session.target}: {len(plan.changed)} objects deleted")
                _print_staying(plan)
            else:
                typer.echo(f"{stack} is not installed on {session.target}: nothing to destroy")


def _print_staying(plan: "Plan") -> None:
    staying = len(plan.changes) - len(plan.changed)
    if staying:
        typer.echo(
            f"{staying} stay, because what holds data is protected. To take them too: `account.protection: off` in the "
            f"stack file, `groundwork up {plan.stack}`, and destroy again."
        )
