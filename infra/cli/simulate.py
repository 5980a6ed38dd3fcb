"""`groundwork simulate`: would the cluster's half of a stack come up?"""

from typing import Annotated

import typer

from infra.cli.options import JsonOption, OfflineOption, StackArgument

_EXAMPLE = "Example: groundwork simulate prod · groundwork simulate prod --json"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def simulate(
        stack: StackArgument,
        timeout: Annotated[int, typer.Option(min=1, help="Seconds until what is not ready counts as failed.")] = 60,
        offline: OfflineOption = False,
        json_: JsonOption = False,
    ) -> None:
        """Put a stack's Kubernetes objects on a throwaway simulated control plane with the nodes it declares.

        Says what was rejected, what found no node and what did not become ready; leaves nothing behind. It needs no
        account and changes nothing anywhere: values of AWS are simulated, secrets are placeholders.
        Exits 1 when something would not come up.
        """
        from infra.cli.plans import print_json
        from infra.cli.progress import Progress
        from infra.graph import capture_environment
        from infra.settings import load, placeholder_root_secret
        from infra.simulation import simulate as run
        from infra.simulation.machines import machines

        loaded = load(stack)
        graph = capture_environment(loaded, placeholder_root_secret(loaded.settings))
        with Progress() as progress:
            report = run(graph, machines(graph), offline=offline, timeout=timeout, on_event=progress)
        if json_:
            print_json(report.to_json())
        else:
            for line in report.machines:
                typer.echo(f"nodes: {line}")
            for finding in report.findings:
                typer.secho(f"{finding.problem}: {finding.object} ({finding.component})", fg="red")
                for line in finding.message.splitlines():
                    typer.echo(f"    {line}")
            for note in report.notes:
                typer.echo(f"note: {note}")
            found = len(report.findings)
            verdict = "all accepted, placed and ready" if report.ok else f"{found} would not come up"
            typer.echo(f"{stack}: {report.objects} objects on {report.nodes} simulated nodes: {verdict}")
        if not report.ok:
            raise typer.Exit(1)
