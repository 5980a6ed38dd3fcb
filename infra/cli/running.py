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
    _print_ways_in(plan.stack, session, outputs)
    if session.simulated:
        typer.echo(
            "\nSimulated: nodes and containers. Objects, admission, quotas, scheduling and readiness are a real API "
            "server's,\nbut no program runs, so nothing answers at these addresses."
        )


def _print_ways_in(stack: str, session: "Session", outputs: "Outputs") -> None:
    """Commands for a shell that `groundwork env` has prepared."""
    context = "" if session.target.kind != "existing" else f"--context {session.target.context} "
    lines = [
        (f"kubectl {context}get pods --all-namespaces", "look around"),
        *(line for name, value in outputs.values.items() if (line := _forward(name, value, context))),
    ]
    if not context:
        lines.insert(0, (f'eval "$(scripts/groundwork env {stack})"', "kubectl and groundwork of this environment"))
    if outputs.secret:
        lines.append((f"scripts/groundwork outputs {stack} --show-secrets", "the credentials"))
    width = max(len(command) for command, _ in lines)
    typer.echo("\nIn a shell:")
    for command, meaning in lines:
        typer.echo(f"  {command:{width}}  # {meaning}")


def _forward(name: str, value: object, context: str) -> tuple[str, str] | None:
    found = _SERVICE.match(value) if isinstance(value, str) else None
    if not found:
        return None
    scheme, service, namespace, port = found.groups()
    number = port or ("443" if scheme == "https" else "80")
    local = int(number) if int(number) > 1024 else int(number) + 8000
    command = f"kubectl {context}-n {namespace} port-forward service/{service} {local}:{number}"
    return command, f"{name.rpartition('_')[0]}: {scheme}://localhost:{local}"
