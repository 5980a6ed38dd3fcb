"""`groundwork up`: from nothing, or from whatever is there, to a running platform."""

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

_EXAMPLE = "Example: groundwork up local · groundwork up local --cluster existing --context k3s --yes"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def up(
        stack: StackArgument,
        engine: EngineOption = "auto",
        cluster: ClusterOption = None,
        context: ContextOption = None,
        yes: YesOption = False,
        offline: OfflineOption = False,
        timeout: Annotated[int, typer.Option(min=1, help="Seconds to wait until everything is ready.")] = 600,
        allow_data_loss: Annotated[
            bool, typer.Option("--allow-data-loss", help="Let it delete or replace volumes.")
        ] = False,
        json_: JsonOption = False,
    ) -> None:
        """Bring an environment up, or make it what its stack file now says; wait until it is ready.

        Starts a local control plane where the stack file asks for one.
        """
        from dataclasses import replace

        from infra.cli.asking import agree
        from infra.cli.plans import plan_json, print_json, print_plan
        from infra.cli.progress import Progress
        from infra.cli.running import outputs_json, print_running
        from infra.engines.select import opened

        asked = request(stack, engine, cluster, context, offline)
        asked = replace(asked, timeout=timeout, allow_data_loss=allow_data_loss)
        with Progress() as progress, opened(asked, "up", progress.say) as session:

            def confirm(plan: "Plan") -> None:
                progress.pause()
                print_plan(plan, session, brief=True, err=True)
                if plan.changed:
                    agree(yes)

            plan = session.engine.up(progress, confirm)
            progress.pause()
            outputs = session.engine.outputs()
            if json_:
                about = {"cluster": session.target.kind, "context": session.target.context}
                running = {"simulated": session.simulated, "outputs": outputs_json(outputs, show_secrets=False)}
                print_json({**plan_json(plan), **about, **running})
            else:
                print_running(plan, session, outputs)
