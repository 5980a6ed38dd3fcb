"""Kubernetes versions on EKS: pinned add-ons, support, and the way from one to the next."""

import re
from datetime import UTC, date, datetime

import pytest

from infra.catalog import default_eks_version, eks_addons, eks_versions, support_problem, upgrade_problem

ADDONS = {"vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "aws-ebs-csi-driver", "metrics-server"}


@pytest.mark.parametrize("version", eks_addons())
def test_every_version_pins_every_add_on_and_has_a_support_window(version: str) -> None:
    addons = eks_addons()[version]
    assert set(addons) == ADDONS
    assert all(re.fullmatch(r"v[0-9.]+-eksbuild\.[0-9]+", pinned) for pinned in addons.values())
    assert addons["kube-proxy"].startswith(f"v{version}.")
    assert version in eks_versions()


def test_the_default_is_in_standard_support() -> None:
    assert support_problem(default_eks_version(), extended=False, today=datetime.now(UTC).date()) is None


@pytest.mark.parametrize(
    ("installed", "wanted", "says"),
    [
        ("1.35", "1.35", None),
        ("1.35", "1.36", None),
        ("1.34", "1.36", 'EKS goes one minor version at a time. Set `cluster.version` to "1.35" first'),
        ("1.36", "1.35", "can't go back to 1.35"),
        ("1.9", "1.10", None),
    ],
)
def test_a_cluster_goes_up_one_minor_version_at_a_time(installed: str, wanted: str, says: str | None) -> None:
    problem = upgrade_problem(installed, wanted)
    assert problem is None if says is None else says in (problem or "")


def test_support_ends_after_its_last_day() -> None:
    last = eks_versions()["1.34"].standard_until
    assert support_problem("1.34", extended=False, today=last) is None
    after = date.fromordinal(last.toordinal() + 1)
    assert "support: extended" in (support_problem("1.34", extended=False, today=after) or "")
    assert support_problem("1.34", extended=True, today=after) is None
