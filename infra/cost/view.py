"""One resource as its price function sees it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from infra.cost.assumptions import Usage
from infra.cost.model import HOURS, Gap, Line
from infra.cost.prices import Price, Prices
from infra.graph.model import Graph, Resource

PriceFunction = Callable[["View"], Iterator[Line | Gap]]


@dataclass(frozen=True)
class Index:
    """A graph, asked by type and by id."""

    graph: Graph

    @cached_property
    def by_type(self) -> Mapping[str, list[Resource]]:
        """Resources by their type."""
        found: dict[str, list[Resource]] = {}
        for resource in self.graph:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of_type(self, type_: str) -> list[Resource]:
        """All resources of one type."""
        return self.by_type.get(type_, [])

    def with_id(self, type_: str, id_: Any) -> Resource | None:
        """The resource of this type that another one names by its id."""
        return next((resource for resource in self.of_type(type_) if id_ and resource.outputs.get("id") == id_), None)

    @cached_property
    def zones(self) -> int:
        """In how many zones it has subnets; at least one."""
        subnets = self.of_type("aws:ec2/subnet:Subnet")
        return max(1, len({subnet.inputs.get("availabilityZone") for subnet in subnets}))


@dataclass(frozen=True)
class View:
    """One resource, its component, and what is needed to price it."""

    resource: Resource
    component: str
    prices: Prices
    usage: Usage
    index: Index
    on: date

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The resource's own."""
        return self.resource.inputs

    def line(self, what: str, quantity: float, unit: str, price: str | Price) -> Line:
        """So much of something, at a price or at that of a service in the table."""
        known = self.prices.of(price) if isinstance(price, str) else price
        return Line(self.component, self.resource.name, what, quantity, unit, known)

    def hours(self, what: str, count: float, price: str | Price) -> Line:
        """So many of something, all month."""
        counted = what if count == 1 else f"{count:g} x {what}"
        return self.line(counted, count * HOURS, "h", price)

    def assumed(self, key: str, what: str, unit: str, price: str | Price) -> Iterator[Line]:
        """As much as is assumed; no line for nothing."""
        quantity = self.usage.of(key, self.resource.name)
        if quantity:
            yield self.line(what, quantity, unit, price)


def number(value: Any, default: float = 0) -> float:
    """A number of a graph: some are texts, and some unknown until AWS answers."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return default
