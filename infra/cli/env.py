"""`groundwork env`: points a shell at an environment."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    @app.command(epilog='Example: eval "$(groundwork env local)" && kubectl get pods --all-namespaces')
    def env(
        stack: Annotated[str, typer.Argument(help="The environment: stacks/Pulumi.STACK.yaml.")] = "local",
        json_: Annotated[bool, typer.Option("--json", help="Print the variables as JSON.")] = False,
    ) -> None:
        """Print the variables that make kubectl, helm and pulumi in this shell work with an environment."""
        import json

        from infra.engines.automation.by_hand import pulumi_variables, unset_lines
        from infra.engines.places import last_target
        from infra.settings import load
        from infra.toolchain.exports import exports, shell_lines

        loaded = load(stack)
        target = last_target(loaded)
        variables = exports(target.kubeconfig) | pulumi_variables(loaded, target)
        typer.echo(
            json.dumps(variables, indent=1) if json_ else "\n".join([shell_lines(variables), *unset_lines(variables)])
        )
