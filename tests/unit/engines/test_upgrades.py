"""A cluster's version against the installed one."""

from typing import Any

import pytest

from infra.engines.automation.upgrades import refused_upgrade
from infra.settings import EnvironmentSettings
from infra.settings.capabilities import EksCluster
from infra.settings.reference import example
from tests.unit.settings.good import complete


def _settings(version: str) -> EnvironmentSettings:
    return EnvironmentSettings.model_validate(complete({"cluster": {**example(EksCluster), "version": version}}))


def _deployment(version: str | None, **more: Any) -> dict[str, Any]:
    return {"resources": [{"type": "aws:eks/cluster:Cluster", "outputs": {"version": version}, **more}]}


@pytest.mark.parametrize(
    ("installed", "wanted", "says"),
    [
        ("1.34", "1.35", None),
        ("1.35", "1.35", None),
        ("1.34", "1.36", 'Set `cluster.version` to "1.35" first'),
        ("1.36", "1.35", "can't go back to 1.35"),
        (None, "1.36", None),
    ],
)
def test_a_jump_is_refused_by_what_the_state_says_is_installed(
    installed: str | None, wanted: str, says: str | None
) -> None:
    refused = refused_upgrade(_settings(wanted), _deployment(installed))
    assert refused is None if says is None else says in (refused or "")


def test_nothing_is_refused_before_there_is_a_cluster_or_off_eks() -> None:
    assert refused_upgrade(_settings("1.36"), {}) is None
    assert refused_upgrade(_settings("1.36"), _deployment("1.33", delete=True)) is None
    assert refused_upgrade(EnvironmentSettings.model_validate({}), _deployment("1.33")) is None
