"""What tests of several kinds need."""

from pathlib import Path

import pytest

from tests.contract import software

LONG = ("contract", "cluster", "engine", "node")
"""Kinds of tests that share what is slow to start, and mostly wait for it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several workers run: the long kinds begin first, and who shares servers goes to one worker."""
    kinds = {item: item.path.relative_to(Path(__file__).parent).parts[0] for item in items}
    for item in items:
        if kinds[item] in LONG and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem if kinds[item] == "cluster" else kinds[item]))
    items.sort(key=lambda item: LONG.index(kinds[item]) if kinds[item] in LONG else len(LONG))


@pytest.fixture(scope="session")
def client_python() -> Path:
    """The interpreter of the data scientist's client, with MLflow and scikit-learn."""
    try:
        return software.python_environment(software.HERE / "requirements.txt") / "bin" / "python"
    except software.Unavailable as reason:
        pytest.skip(f"no client of MLflow: {reason}")
