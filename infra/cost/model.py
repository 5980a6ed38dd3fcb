"""What an estimate is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from infra.cost.prices import Price

HOURS = 730
"""Hours in a month, as AWS's own calculator counts them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is charged: so much of it a month, at this price."""

    component: str
    resource: str
    what: str
    quantity: float
    unit: str
    price: Price

    @property
    def usd(self) -> float:
        """USD a month."""
        return self.quantity * self.price.usd


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that will be charged and is not in the sum, or not as it will be; in words."""

    text: str


@dataclass(frozen=True)
class Estimate:
    """What a stack costs a month."""

    stack: str
    regions: tuple[str, ...]
    on: date
    lines: tuple[Line, ...]
    assumptions: Mapping[str, float]
    """Those that mattered, with their values."""
    unpriced: Mapping[str, int]
    """Resource types that are neither priced nor known to be free, with how many there are."""
    gaps: tuple[str, ...] = field(default=())
    """What else the sum leaves out, or estimates roughly."""

    @property
    def usd(self) -> float:
        """USD a month."""
        return sum(line.usd for line in self.lines)

    @property
    def components(self) -> dict[str, list[Line]]:
        """The lines by component, the dearest first."""
        by_name: dict[str, list[Line]] = {}
        for line in self.lines:
            by_name.setdefault(line.component, []).append(line)
        return dict(sorted(by_name.items(), key=lambda item: -total(item[1])))


def total(lines: list[Line]) -> float:
    """USD a month of some lines."""
    return sum(line.usd for line in lines)
