"""`groundwork doctor`: what would fail before anything is made."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import JsonOption, StackArgument

if TYPE_CHECKING:
    from infra.doctor import Check

_EXAMPLE = "Example: groundwork doctor prod · groundwork doctor prod --json · groundwork doctor prod --offline"
_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red", "not checked": None}


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(epilog=_EXAMPLE)
    def doctor(
        stack: StackArgument,
        offline: Annotated[bool, typer.Option("--offline", help="Ask nothing over the network.")] = False,
        json_: JsonOption = False,
    ) -> None:
        """Look at everything that an `up` of a stack needs, and change nothing.

        This machine's tools, space and control plane; Terraform's states that values come from; and, with credentials
        for it, the AWS account: region, versions, quotas, names, permissions. Exits 1 when something would fail.
        """
        import json

        from infra import paths
        from infra.doctor import Verdict, examine
        from infra.settings import load

        checks = []
        for check in examine(load(stack, stacks_dir=paths.STACKS), offline=offline):
            checks.append(check)
            if not json_:
                _tell(check)
        counts = {verdict.value: sum(1 for check in checks if check.verdict is verdict) for verdict in Verdict}
        if json_:
            report = {"stack": stack, "checks": [check.to_json() for check in checks], "counts": counts}
            typer.echo(json.dumps(report, indent=1))
        else:
            typer.echo(f"{stack}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
        if counts[Verdict.PROBLEM.value]:
            raise typer.Exit(1)


def _tell(check: "Check") -> None:
    verdict = check.verdict.value
    first, *rest = check.message.splitlines()
    typer.secho(f"{verdict:<12}", fg=_COLOURS[verdict], nl=False)
    typer.echo(f"{check.area:<12}{check.subject}: {first}")
    for line in rest:
        typer.echo(f"{'':<24}{line}")
    if check.remedy:
        typer.echo(f"{'':<24}{check.remedy}")
