"""What tests of several kinds need."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract import software

LONG = ("contract", "cluster", "engine", "node")
"""Kinds of tests that start servers, and mostly wait for them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long kinds come first, so that several workers end together."""
    items.sort(key=lambda item: [*LONG, _kind(item.nodeid)].index(_kind(item.nodeid)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Several workers take whole files. What shares one platform or node stays together."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            if _kind(nodeid) in ("contract", "node") and not file.endswith("/test_change.py"):
                return _kind(nodeid)
            return file

    return Together(config, log)


def _kind(nodeid: str) -> str:
    return nodeid.split("/")[1]


@pytest.fixture(scope="session")
def client_python() -> Path:
    """The interpreter of the data scientist's client, with MLflow and scikit-learn."""
    try:
        return software.python_environment(software.HERE / "requirements.txt") / "bin" / "python"
    except software.Unavailable as reason:
        pytest.skip(f"no client of MLflow: {reason}")
