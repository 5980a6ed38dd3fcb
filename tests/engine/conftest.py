"""The real Pulumi engine on a throwaway simulated control plane."""

import shutil

import pytest

from tests.cluster.conftest import cluster_state, control_plane

__all__ = ["cluster_state", "control_plane"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shutil.which("pulumi"):
        return
    for item in items:
        if item.nodeid.startswith("tests/engine/"):
            item.add_marker(pytest.mark.skip(reason="pulumi is not on PATH"))
