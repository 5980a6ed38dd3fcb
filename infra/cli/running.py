"""What now runs: where, how to reach it, with which credentials, and what is simulated."""

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from infra.engines.base import Outputs, Plan
    from infra.engines.select import Session

_MASK = "[secret]"
_SERVICE = re.compile(r"^(https?)://([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?(?::(\d+))?")


def outputs_json(outputs: "Outputs", *, show_secrets: bool) -> dict[str, Any]:
    """The outputs by name, secrets masked unless asked for."""
    return {
        name: _MASK if name in outputs.secret and not show_secrets else value for name, value in outputs.values.items()
    }


def print_running(plan: "Plan", session: "Session", outputs: "Outputs") -> None:
    """The last words of `up`."""
    target = session.target
    typer.secho(f"\n{plan.stack} is up on {target}", bold=True)
    counts = Counter(change.component for change in plan.changes if change.action != "delete")
    for component, count in counts.items():
        typer.echo(f"  {component:22} {count:3} objects ready")
    reach = [line for name, value in outputs.values.items() if (line := _reach(name, value, session))]
    if reach:
        typer.echo("\nReach it:")
        for line in reach:
            typer.echo(f"  {line}")
    if outputs.secret:
        typer.echo(f"\nCredentials:\n  groundwork outputs {plan.stack} --show-secrets")
    if session.simulated:
        typer.echo(
            "\nSimulated: nodes and containers. Objects, admission, quotas, scheduling and readiness are a real API "
            "server's,\nbut no program runs, so nothing answers at these addresses."
        )
    typer.echo(f"\nLook around: kubectl {' '.join(target.flags)} get pods -A")


def _reach(name: str, value: object, session: "Session") -> str:
    found = _SERVICE.match(value) if isinstance(value, str) else None
    if not found:
        return ""
    scheme, service, namespace, port = found.groups()
    number = port or ("443" if scheme == "https" else "80")
    local = int(number) if int(number) > 1024 else int(number) + 8000
    flags = " ".join(session.target.flags)
    forward = f"kubectl {flags} -n {namespace} port-forward service/{service} {local}:{number}"
    return f"{name}: {scheme}://localhost:{local} while this runs\n    {forward}"
