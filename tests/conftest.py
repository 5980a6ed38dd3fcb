"""What tests of several kinds need."""

from pathlib import Path
from typing import Any

import pytest

from infra.toolchain.simulated import processes
from tests.contract import software

LONG = ("contract", "cluster", "engine", "node")
"""Kinds of tests that start servers, and mostly wait for them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long kinds come first, so that several workers end together."""
    items.sort(key=lambda item: [*LONG, _kind(item.nodeid)].index(_kind(item.nodeid)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Several workers take whole folders: their tests share a platform, a node, or graphs that were captured."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            # Each has servers of its own.
            alone = _kind(nodeid) == "cluster" or file.endswith("/test_change.py")
            return file if alone else file.rpartition("/")[0]

    return Together(config, log)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Workers that are interrupted leave control planes behind: what runs out of the tests' folder ends with them."""
    if not hasattr(session.config, "workerinput"):
        folders: pytest.TempPathFactory = session.config._tmp_path_factory  # type: ignore[attr-defined]
        processes.stop(folders.getbasetemp(), ())


def _kind(nodeid: str) -> str:
    return nodeid.split("/")[1]


@pytest.fixture(scope="session")
def client_python() -> Path:
    """The interpreter of the data scientist's client, with MLflow and scikit-learn."""
    try:
        return software.python_environment(software.HERE / "requirements.txt") / "bin" / "python"
    except software.Unavailable as reason:
        pytest.skip(f"no client of MLflow: {reason}")
