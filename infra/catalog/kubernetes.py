"""Kubernetes versions on EKS: which ones are offered, with which add-ons, and how one follows another."""

from collections.abc import Mapping
from datetime import date

from infra.catalog.facts import facts
from infra.catalog.support import eks_versions


def eks_addons() -> Mapping[str, Mapping[str, str]]:
    """The pinned version of each EKS add-on, by the Kubernetes versions that clusters may have."""
    addons: Mapping[str, Mapping[str, str]] = facts("addons")["eks"]["versions"]
    return addons


def default_eks_version() -> str:
    """What a cluster is made with unless its settings say otherwise."""
    return next(iter(eks_addons()))


def upgrade_problem(installed: str, wanted: str) -> str | None:
    """Why a cluster of one Kubernetes version (`1.35`) can't become one of another; none if it can.

    EKS goes up one minor version at a time (EKS user guide, "Update existing cluster to new Kubernetes version").
    """
    before, after = _minor(installed), _minor(wanted)
    if after < before:
        return f"a cluster of Kubernetes {installed} can't go back to {wanted}"
    if after > before + 1:
        return (
            f"a cluster of Kubernetes {installed} can't become {wanted} at once: EKS goes one minor version at a time. "
            f'Set `cluster.version` to "1.{before + 1}" first'
        )
    return None


def support_problem(version: str, *, extended: bool, today: date) -> str | None:
    """Why EKS does not run a Kubernetes version on this day, unless it is paid for; none if it does.

    `extended`: whether its surcharge is agreed to.
    """
    window = eks_versions().get(version)
    if window is None:
        return None
    if today > window.extended_until:
        return f"is out of support since {window.extended_until}: EKS no longer makes clusters of it"
    if today > window.standard_until and not extended:
        return (
            f"is out of standard support since {window.standard_until}: take a newer one, or say "
            f"`support: extended`, for a surcharge until {window.extended_until}"
        )
    return None


def _minor(version: str) -> int:
    return int(version.split(".")[1])
