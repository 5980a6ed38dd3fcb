"""What would fail before anything is made: this machine, Terraform's states and the account are asked, read-only."""

from collections.abc import Iterator

from infra.doctor.model import Check, Verdict
from infra.settings import Stack, placeholder_root_secret

__all__ = ["Check", "Verdict", "examine"]


def examine(stack: Stack, *, offline: bool) -> Iterator[Check]:
    """Looks at everything that an `up` of the stack needs. `offline`: asks nothing over the network."""
    from infra.doctor import account, machine, secrets, support, terraform

    yield from secrets.examine(stack)
    yield from machine.examine(stack, offline=offline)
    yield from support.examine(stack)
    yield from terraform.examine(stack, offline=offline)
    if stack.settings.account is not None:
        from infra.graph import capture_environment

        graph = capture_environment(stack, placeholder_root_secret(stack.settings))
        yield from account.examine(stack, graph, offline=offline)
