"""`groundwork preview`: what `up` would change."""

import typer

from infra.cli.options import (
    ClusterOption,
    ContextOption,
    EngineOption,
    JsonOption,
    OfflineOption,
    StackArgument,
    request,
)

_EXAMPLE = "Example: groundwork preview local · groundwork preview prod --json"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def preview(
        stack: StackArgument,
        engine: EngineOption = "auto",
        cluster: ClusterOption = None,
        context: ContextOption = None,
        offline: OfflineOption = False,
        json_: JsonOption = False,
    ) -> None:
        """Show what `up` would create, update, replace or delete. Changes nothing."""
        from infra.cli.plans import plan_json, print_json, print_plan
        from infra.cli.progress import Progress
        from infra.engines.select import opened

        asked = request(stack, engine, cluster, context, offline)
        with Progress() as progress, opened(asked, "preview", progress.say) as session:
            plan = session.engine.preview(progress)
            progress.pause()
            if json_:
                print_json(plan_json(plan))
            else:
                print_plan(plan, session)
