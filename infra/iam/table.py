"""What a deploying role needs for each type of resource, as `needs.yaml` has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

Phase = Literal["read", "create", "update", "delete"]
PHASES: tuple[Phase, ...] = get_args(Phase)
Tests = Mapping[str, Mapping[str, str]]
"""Operator → condition key → value, in which `{input}` stands for an input of the resource."""

_TABLE = Path(__file__).with_name("needs.yaml")


@dataclass(frozen=True, kw_only=True)
class Needs:
    """One row of the table. Actions without a service are those of the service in `arn`."""

    arn: str
    """Its ARN as `service:resource`. `{input}` stands for an input of the resource, `{name}` for its physical name."""
    tagged: bool = False
    """Nothing in the ARN is the environment's own, so its tag narrows: in `create` the request must bring it, else the
    resource must have it. Reading is not narrowed."""
    read: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    """With `tagged`, only what carries the tags in its request."""
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Action → what else it touches, as in `arn`. What names an input that the resource lacks is left out."""
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Action that creating it takes, and that touches these alone, not what `arn` says."""
    when: Mapping[str, Tests] = field(default_factory=dict)
    """Action → conditions. One whose input the resource lacks is left out."""
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Input → actions that are needed to create it only where the input is set, and not false."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Path to an input that names a KMS key → what the deployer must be allowed with that key."""
    passes: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Path to an input that names a role → the services that are handed it."""
    links: tuple[str, ...] = ()
    """Services whose own role AWS makes in the account when the first such resource is made."""

    @property
    def service(self) -> str:
        """IAM's prefix of the service."""
        return self.arn.partition(":")[0]

    def actions(self, phase: Phase) -> tuple[str, ...]:
        """With their service."""
        found: tuple[str, ...] = getattr(self, phase)
        return tuple(map(self.full, found))

    def full(self, action: str) -> str:
        """The action with its service."""
        return action if ":" in action else f"{self.service}:{action}"


@cache
def table() -> Mapping[str, Needs]:
    """By the type as Pulumi names it. Types that need nothing of IAM have a row without actions."""
    from yaml import CSafeLoader, load

    rows: dict[str, Any] = load(_TABLE.read_text(encoding="utf-8"), CSafeLoader)
    return {f"aws:{type_}": _row(row) for type_, row in rows.items()}


def _row(row: Mapping[str, Any]) -> Needs:
    return Needs(**{key: _frozen(value) for key, value in row.items()})


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, Mapping):
        return {key: _frozen(item) for key, item in value.items()}
    return value
