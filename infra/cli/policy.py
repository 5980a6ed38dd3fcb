"""`groundwork policy`: does what a stack declares keep the rules?"""

from typing import Annotated

import typer

from infra.cli.options import StackArgument

_EXAMPLE = "Example: groundwork policy prod · groundwork policy prod --json | jq '.violations[].rule'"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def policy(
        stack: StackArgument,
        json_: Annotated[
            bool,
            typer.Option("--json", help='Print {"stack", "resources", "rules", "without", "violations"}.'),
        ] = False,
    ) -> None:
        """Hold every resource of a stack against the rules, without any cluster or cloud. Exits 1 if one is broken."""
        import json
        from dataclasses import asdict

        from infra.graph import capture_environment
        from infra.graph.tree import short
        from infra.policy import RULES, check
        from infra.settings import load, placeholder_root_secret

        loaded = load(stack)
        graph = capture_environment(loaded, placeholder_root_secret(loaded.settings))
        account = loaded.settings.account
        without = {"protected": "`account.protection` is off"} if account and account.protection == "off" else {}
        violations = check(graph, without=without)
        if json_:
            report = {
                "stack": stack,
                "resources": len(graph.resources),
                "rules": {rule.name: rule.says for rule in RULES},
                "without": without,
                "violations": [asdict(violation) for violation in violations],
            }
            typer.echo(json.dumps(report, indent=1))
        else:
            for violation in violations:
                typer.echo(f"{short(violation.type)} {violation.name}: {violation.message} ({violation.rule})")
            for rule, reason in without.items():
                typer.echo(f"note: the rule `{rule}` is not held: {reason}")
            typer.echo(f"{len(graph.resources)} resources, {len(RULES)} rules: {len(violations) or 'none'} broken")
        if violations:
            raise typer.Exit(1)
