"""The options that the commands on an environment share."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.engines.select import Request

StackArgument = Annotated[str, typer.Argument(help="The stack: stacks/Pulumi.STACK.yaml.")]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="auto|pulumi|helm",
        help="What carries it out. auto: what installed it, else Pulumi where its CLI is found, else Helm.",
    ),
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="auto|existing|kind|simulated", help="Where it runs, in place of the stack file's choice."
    ),
]
ContextOption = Annotated[
    str | None, typer.Option("--context", metavar="NAME", help="The kube context of an existing cluster.")
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Never touch the network to get tools.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON; progress goes to stderr.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def request(stack: str, engine: str, cluster: str | None, context: str | None, offline: bool) -> "Request":
    """What the shared options ask for."""
    from infra.engines.select import Request

    return Request(stack=stack, engine=engine, cluster=cluster, context=context, offline=offline)
