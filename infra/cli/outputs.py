"""`groundwork outputs`: what an installed environment exports, credentials among it."""

from typing import Annotated

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

_EXAMPLE = "Example: groundwork outputs local --show-secrets · groundwork outputs local --json"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def outputs(
        stack: StackArgument,
        show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Print credentials in clear.")] = False,
        engine: EngineOption = "auto",
        cluster: ClusterOption = None,
        context: ContextOption = None,
        offline: OfflineOption = False,
        json_: JsonOption = False,
    ) -> None:
        """Print addresses and credentials of an installed environment; secrets are masked unless asked for."""
        from infra.cli.plans import print_json
        from infra.cli.progress import Progress
        from infra.cli.running import outputs_json
        from infra.engines.select import opened

        asked = request(stack, engine, cluster, context, offline)
        with Progress() as progress, opened(asked, "outputs", progress.say) as session:
            values = outputs_json(session.engine.outputs(), show_secrets=show_secrets)
            if json_:
                print_json(values)
                return
            width = max(map(len, values), default=0)
            for name, value in values.items():
                typer.echo(f"{name:{width}}  {value}")
