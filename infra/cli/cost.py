"""`groundwork cost`: what a stack costs a month."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from infra.cli.graphs import SOURCE, graph_of

_EXAMPLE = (
    "Example: groundwork cost prod --max 5000 · groundwork cost prod --assume gpu_hours=300 --assume "
    "s3_standard_gb@data=20000 · git show main:graph.json | groundwork cost prod --compare -"
)


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def cost(
        stack: Annotated[str, typer.Argument(help=SOURCE)],
        compare: Annotated[
            str | None,
            typer.Option(
                "--compare", metavar="OTHER", help="Show by component how STACK differs from this one; as STACK."
            ),
        ] = None,
        max_: Annotated[
            float | None, typer.Option("--max", metavar="USD", help="Exit 1 if the month costs more: for CI.")
        ] = None,
        assume: Annotated[
            list[str] | None,
            typer.Option(
                metavar="KEY=NUMBER",
                help="What a month uses, in place of the default; KEY@RESOURCE=NUMBER for one resource. Several times.",
            ),
        ] = None,
        region: Annotated[
            str | None, typer.Option(help="Take the prices of this region, for one whose prices are not known.")
        ] = None,
        on: Annotated[
            str | None,
            typer.Option("--on", metavar="YYYY-MM-DD", help="Day by which versions are supported; today by default."),
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help="Print the estimate as JSON.")] = False,
    ) -> None:
        """Estimate the month of a stack by component, from a dated price table, without any account.

        On demand, without taxes and discounts. Says what it assumes of usage, and what it does not know.
        """
        import json

        from infra.cost import estimate, parse, refuse_idle
        from infra.cost.report import as_json, as_text, comparison
        from infra.errors import RunFailed

        day, given = _day(on), parse(assume or ())
        one = estimate(graph_of(stack), day, given, region)
        other = estimate(graph_of(compare), day, given, region) if compare else None
        refuse_idle(given, one.assumptions, other.assumptions if other else ())
        if json_:
            typer.echo(json.dumps(as_json(one, other), indent=1))
        else:
            typer.echo(comparison(other, one, (compare, stack)) if compare and other else as_text(one))
        if max_ is not None and one.usd > max_:
            raise RunFailed(f"{one.usd:,.2f} USD a month is more than --max {max_:,.2f}")


def _day(on: str | None) -> date:
    from infra.errors import UserError

    if on is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise UserError(f"--on {on}: write a day like 2026-12-31") from None
