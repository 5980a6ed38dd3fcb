"""How long AWS supports versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from infra.catalog.facts import facts


@dataclass(frozen=True, kw_only=True)
class SupportWindow:
    """One version that AWS runs, and until when."""

    version: str
    released: date
    standard_until: date
    """Last day of standard support. Afterwards a surcharge is due."""
    extended_until: date
    """Last day of extended support. Afterwards AWS upgrades by itself."""


def eks_versions() -> Mapping[str, SupportWindow]:
    """Kubernetes versions of EKS (`1.35`), the newest first."""
    return _windows("eks")


def postgresql_versions() -> Mapping[str, SupportWindow]:
    """PostgreSQL major versions of RDS (`17`), the newest first."""
    return _windows("postgresql")


def _windows(product: str) -> Mapping[str, SupportWindow]:
    versions = facts("support")[product]["versions"]
    return {version: SupportWindow(version=version, **dates) for version, dates in versions.items()}
