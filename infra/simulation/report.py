"""What a simulation found."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Problem = Literal["rejected", "not placed", "not ready"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One object that would not have come up, and why."""

    problem: Problem
    object: str
    """`Deployment mlops-tracking/tracking`"""
    component: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome for one stack."""

    stack: str
    objects: int
    nodes: int
    machines: tuple[str, ...]
    """The simulated nodes, a line for each pool and zone."""
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    """What the simulation had to assume or leave out."""

    @property
    def ok(self) -> bool:
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}
