"""Plans on a terminal: what changes, by component, for a person; the same as JSON for a script."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from infra.engines.base import Change, Plan
    from infra.engines.select import Session

_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
_COLOURS = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red"}
_MOST_PATHS = 12


def plan_json(plan: "Plan") -> dict[str, Any]:
    """The plan as data, every object in it."""
    return {
        "stack": plan.stack,
        "engine": plan.engine,
        "changes": [
            {
                "action": change.action.value,
                "type": change.type,
                "name": change.name,
                "component": change.component,
                "urn": change.urn,
                "paths": list(change.paths),
                "note": change.note,
            }
            for change in plan.changes
        ],
    }


def print_json(data: object) -> None:
    """One JSON document on stdout."""
    typer.echo(json.dumps(data, indent=1))


def print_plan(plan: "Plan", session: "Session", *, brief: bool = False, err: bool = False) -> None:
    """What changes; `brief` tells of a component that is wholly new only that."""
    by_component: dict[str, list[Change]] = {}
    for change in plan.changed:
        by_component.setdefault(change.component, []).append(change)
    for component, changes in by_component.items():
        if brief and len(changes) > 1 and all(change.action == "create" for change in changes):
            typer.secho(f"  + {component}: {len(changes)} new objects", fg=_COLOURS["create"], err=err)
        else:
            typer.secho(f"  {component}", bold=True, err=err)
            _print_changes(changes, err)
    typer.echo(f"{plan.stack} ({plan.engine} engine, {session.target}): {summary(plan)}", err=err)


def _print_changes(changes: "Sequence[Change]", err: bool) -> None:
    for change in changes:
        action = change.action.value
        kind = change.type.rpartition(":")[2]
        note = f"   {change.note}" if change.note else ""
        typer.secho(f"    {_SIGNS[action]} {action} {kind} {change.name}{note}", fg=_COLOURS[action], err=err)
        for path in change.paths[:_MOST_PATHS]:
            typer.echo(f"        {path}", err=err)
        if len(change.paths) > _MOST_PATHS:
            typer.echo(f"        and {len(change.paths) - _MOST_PATHS} more", err=err)


def summary(plan: "Plan") -> str:
    """`3 to create, 28 unchanged`."""
    counts = Counter(change.action.value for change in plan.changes)
    parts = [f"{counts[action]} to {action}" for action in _SIGNS if counts[action]]
    if counts["unchanged"]:
        parts.append(f"{counts['unchanged']} unchanged")
    return ", ".join(parts) or "nothing there"


def print_removal(plan: "Plan", session: "Session") -> None:
    """What goes for good, on stderr: what holds data by name, the rest by number."""
    data = [change for change in plan.changed if change.note]
    if data:
        typer.secho("Data:", bold=True, err=True)
        _print_changes(data, err=True)
    spaces = [change.name for change in plan.changed if change.type.endswith(":Namespace")]
    if spaces:
        typer.secho("Namespaces, with all that is in them:", bold=True, err=True)
        typer.secho(f"    {', '.join(sorted(spaces))}", fg=_COLOURS["delete"], err=True)
    stays = [change for change in plan.changes if change.action == "unchanged"]
    if stays:
        typer.secho("Stays:", bold=True, err=True)
        for change in stays:
            typer.echo(f"    {change.type.rpartition(':')[2]} {change.name}   {change.note}", err=True)
    counts = Counter(change.component for change in plan.changed)
    typer.secho("Objects:", bold=True, err=True)
    for component, count in counts.items():
        typer.secho(f"    {component}: {count}", fg=_COLOURS["delete"], err=True)
    typer.echo(f"{plan.stack} ({plan.engine} engine, {session.target}): {summary(plan)}", err=True)


def print_drift(plan: "Plan") -> None:
    """What differs from the last `up`."""
    for change in plan.changed:
        kind = change.type.rpartition(":")[2]
        word = "missing" if change.action == "delete" else "changed"
        typer.secho(f"  {word} {kind} {change.name}", fg=_COLOURS[change.action.value])
        for path in change.paths:
            typer.echo(f"        {path}")
    found = len(plan.changed)
    if found:
        typer.echo(f"{found} of {len(plan.changes)} objects drifted; repair them with: groundwork up {plan.stack}")
    else:
        typer.echo(f"{plan.stack}: no drift in {len(plan.changes)} objects")
