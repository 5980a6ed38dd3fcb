"""`groundwork render`: a stack's Kubernetes objects as files for Git."""

from pathlib import Path
from typing import Annotated

import typer

_EXAMPLE = "Example: groundwork render prod --out deploy/prod"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def render(
        stack: Annotated[str, typer.Argument(help="The stack: stacks/Pulumi.STACK.yaml.")],
        out: Annotated[Path, typer.Option("--out", help="Folder to write to; files of others in it are left alone.")],
        show_secrets: Annotated[
            bool, typer.Option("--show-secrets", help="Write Secrets too, in clear, readable by you alone (0600).")
        ] = False,
    ) -> None:
        """Write one YAML file an object and a kustomization. Objects that hold secrets are left out."""
        from infra.errors import UserError
        from infra.graph import capture_environment
        from infra.graph.folder import write
        from infra.graph.render import render as rendered
        from infra.settings import load, placeholder_root_secret, root_secret

        loaded = load(stack)
        try:
            secrets = root_secret(loaded)
        except UserError as error:
            if show_secrets:
                raise
            secrets = placeholder_root_secret(loaded.settings)
            typer.echo(f"note: rendered with a placeholder for the root secret: {error}", err=True)
        rendering = rendered(capture_environment(loaded, secrets), show_secrets=show_secrets)
        stale = write(rendering, out)
        typer.echo(f"{len(rendering.files)} files in {out}" + (f", {len(stale)} stale ones removed" if stale else ""))
        if rendering.left_out:
            typer.echo(
                f"{len(rendering.left_out)} objects left out, because they hold secrets (--show-secrets writes them)"
            )
        for type_, count in rendering.elsewhere.items():
            typer.echo(f"not a Kubernetes object: {count} {type_}")
