"""The dated price table, as one region's prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from infra.catalog import instance_type


@dataclass(frozen=True, slots=True)
class Price:
    """USD for one unit, on demand."""

    usd: float
    date: date
    source: str
    stands_in: str = ""
    """Whose price it is derived from, in words, where its own is not known."""

    def times(self, factor: float) -> "Price":
        """A price that is a fixed multiple of this one."""
        return Price(self.usd * factor, self.date, self.source)


@dataclass(frozen=True)
class Prices:
    """What AWS charges in one of the regions of `covered()`."""

    region: str

    def of(self, service: str) -> Price:
        """The price of a service, by its name in services.yaml."""
        entry = _table("services")["prices"][service]
        usd = entry["usd"]
        return Price(usd[self.region] if isinstance(usd, dict) else usd, entry["date"], _source(entry["source"]))

    def instance(self, type_name: str) -> Price | None:
        """An hour of an EC2 instance; none: no price is known."""
        table = _table("ec2")
        region = table["regions"][self.region]
        family, _, size = type_name.partition(".")
        usd = _of_size(region["families"].get(family), size, type_name)
        if usd is None:
            return None
        source = table["sources"]["auto_mode" if family in region.get("auto_mode", ()) else region["source"]]
        return Price(usd, source["date"], source["source"])

    def database(self, class_name: str) -> Price | None:
        """An hour of an RDS instance class for PostgreSQL in one zone; none: no price is known."""
        table = _table("rds")
        families = table["regions"][self.region]
        _, _, type_name = class_name.partition(".")
        family, _, size = type_name.partition(".")
        usd = _of_size(families.get(family), size, type_name)
        derived = table["derived"].get(family)
        if usd is not None or derived is None:
            return Price(usd, table["date"], table["source"]) if usd else None
        older = _of_size(families.get(derived["of"]), size, type_name)
        if older is None:
            return None
        words = f"{class_name} is priced as db.{derived['of']}.{size} times {derived['times']}"
        return Price(older * derived["times"], table["date"], table["source"], words)


def covered() -> tuple[str, ...]:
    """The regions whose prices are known."""
    return tuple(_table("ec2")["regions"])


@cache
def _table(name: str) -> Mapping[str, Any]:
    from yaml import CSafeLoader, load

    data: Mapping[str, Any] = load(Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8"), CSafeLoader)
    return data


def _source(named: str) -> str:
    return "AWS Price List, as published for the AWS Pricing Calculator" if named == "list" else named


def _of_size(entry: float | str | None, size: str, type_name: str) -> float | None:
    """From a family's entry: the price of one vCPU, or a list of sizes and prices."""
    if isinstance(entry, str):
        sizes = dict(item.split(" ") for item in entry.split(", "))
        return float(sizes[size]) if size in sizes else None
    type_ = instance_type(type_name)
    if entry is None or type_ is None or size.startswith("metal"):
        return None
    return entry * type_.vcpus
