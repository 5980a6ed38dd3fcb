"""`groundwork refresh`: what was changed behind the engine's back."""

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

_EXAMPLE = "Example: groundwork refresh local"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def refresh(
        stack: StackArgument,
        engine: EngineOption = "auto",
        cluster: ClusterOption = None,
        context: ContextOption = None,
        offline: OfflineOption = False,
        json_: JsonOption = False,
    ) -> None:
        """Find what was changed or deleted by hand since the last `up`. The next `up` repairs it."""
        from infra.cli.plans import plan_json, print_drift, print_json
        from infra.cli.progress import Progress
        from infra.engines.select import opened

        asked = request(stack, engine, cluster, context, offline)
        with Progress() as progress, opened(asked, "refresh", progress.say) as session:
            plan = session.engine.refresh(progress)
            progress.pause()
            if json_:
                print_json(plan_json(plan))
            else:
                print_drift(plan)
