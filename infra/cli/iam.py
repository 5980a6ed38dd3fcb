"""`groundwork iam`: what the roles of pipelines must be allowed, for exactly one stack."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import StackArgument

_EXAMPLE = "Example: groundwork iam prod · groundwork iam prod --out policies · groundwork iam prod --json | jq .deploy"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def iam(
        stack: StackArgument,
        json_: Annotated[
            bool,
            typer.Option("--json", help='Print {"stack", "deploy", "preview", "trust", "boundary", "resources"}.'),
        ] = False,
        out: Annotated[Path | None, typer.Option("--out", help="Write each policy to a file of this folder.")] = None,
    ) -> None:
        """Print the policies that deploying and previewing this stack take, resource by resource, and no more.

        `deploy` creates, changes and deletes; `preview` only reads; `trust` is who may take the roles on, from
        `delivery`; `boundary` is a ceiling for the platform's own roles. The state's backend is not among them.
        """
        import json

        from infra.errors import UserError
        from infra.graph import capture_environment
        from infra.iam import access, report
        from infra.settings import load, placeholder_root_secret

        loaded = load(stack)
        if loaded.settings.account is None:
            raise UserError(f"stack `{stack}` has no `account`: nothing of it needs a role of AWS")
        graph = capture_environment(loaded, placeholder_root_secret(loaded.settings))
        needed = access(graph, stack)
        if json_:
            typer.echo(json.dumps(report.as_json(graph, needed), indent=1))
        elif out is None:
            for line in report.lines(graph, needed):
                typer.echo(line)
        if out is not None:
            written = report.files(graph, needed)
            out.mkdir(parents=True, exist_ok=True)
            for name, document in written.items():
                (out / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
            typer.echo(f"{len(written)} files in {out}", err=json_)
