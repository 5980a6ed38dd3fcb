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
