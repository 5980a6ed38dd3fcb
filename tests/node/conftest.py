"""The platform in real containers, on a node that somebody else runs: `GROUNDWORK_TEST_CONTEXT` names its kube context.

`GROUNDWORK_TEST_NODE_RESTART` may hold a shell command that restarts the node.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import software
from tests.node.node import Node


@pytest.fixture(scope="session")
def context() -> str:
    """A kube context whose pods are real."""
    name = os.environ.get("GROUNDWORK_TEST_CONTEXT")
    if not name:
        pytest.skip("GROUNDWORK_TEST_CONTEXT names no kube context whose pods are real")
    return name


@pytest.fixture(scope="session")
def client_python() -> Path:
    """The interpreter of the data scientist's client."""
    return software.python_environment(software.HERE / "requirements.txt") / "bin" / "python"


@pytest.fixture(scope="package", params=["helm", "pulumi"])
def node(
    request: pytest.FixtureRequest, context: str, client_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    """The node, for one engine after the other."""
    if request.param == "pulumi" and not shutil.which("pulumi"):
        pytest.skip("pulumi is not on PATH")
    node = Node(context, request.param, client_python, tmp_path_factory.mktemp(f"node-{request.param}"))
    yield node
    node.close()
