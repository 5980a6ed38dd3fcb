"""AWS regions: their zones, and the instance types they offer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from infra.catalog.facts import facts
from infra.catalog.machines import instance_type


@dataclass(frozen=True, kw_only=True)
class Region:
    """One region as an account sees it. Which zone stands behind a letter differs between accounts."""

    name: str
    zones: tuple[str, ...]
    """Letters of its availability zones."""
    zones_per_account: int
    """How many of them one account has; fewer than there are letters in an old region that is full."""
    families: Mapping[str, frozenset[str]] | None
    """Families of instance types on offer, with the sizes that are not; none: nobody looked."""

    def offers(self, type_name: str) -> bool | None:
        """Whether it offers an instance type in any zone; none where that is not known."""
        if self.families is None:
            return None
        family, _, size = type_name.partition(".")
        return family in self.families and size not in self.families[family] and instance_type(type_name) is not None


def region(name: str) -> Region | None:
    """The region of this name; none: the catalog knows no such region."""
    entry = facts("regions")["regions"].get(name)
    return _region(name) if entry else None


def regions() -> tuple[str, ...]:
    """The names of all regions."""
    return tuple(facts("regions")["regions"])


@cache
def _region(name: str) -> Region:
    """A family on offer is written `m7g`, or `c8gn!metal-24xl,metal-48xl` without some sizes."""
    entry = facts("regions")["regions"][name]
    return Region(
        name=name,
        zones=tuple(entry["zones"]),
        zones_per_account=entry.get("zones_per_account", len(entry["zones"])),
        families=dict(_offer(text) for text in entry["offers"].split()) if "offers" in entry else None,
    )


def _offer(text: str) -> tuple[str, frozenset[str]]:
    family, _, missing = text.partition("!")
    return family, frozenset(missing.split(",")) if missing else frozenset()
