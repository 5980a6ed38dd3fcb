"""What tests of several kinds need."""

from pathlib import Path

import pytest

from tests.contract import software


@pytest.fixture(scope="session")
def client_python() -> Path:
    """The interpreter of the data scientist's client, with MLflow and scikit-learn."""
    try:
        return software.python_environment(software.HERE / "requirements.txt") / "bin" / "python"
    except software.Unavailable as reason:
        pytest.skip(f"no client of MLflow: {reason}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a control plane, real servers or a node stay together; the others go where a worker is free."""
    for item in items:
        kind = item.path.relative_to(Path(__file__).parent).parts[0]
        if kind in ("cluster", "contract", "engine", "node"):
            item.add_marker(pytest.mark.xdist_group(kind))
