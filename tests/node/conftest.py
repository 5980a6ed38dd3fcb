"""The platform on a cluster whose pods are real, once for each engine that is at hand."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.software import say
from tests.node.node import NAMESPACES, Groundwork, Node
from tests.scenario.play import DataScientist

Scientist = Callable[[], AbstractContextManager[DataScientist]]


@pytest.fixture(scope="session")
def node() -> Node:
    """The cluster that GROUNDWORK_TEST_CONTEXT names."""
    context = os.environ.get("GROUNDWORK_TEST_CONTEXT")
    if not context:
        pytest.skip(
            "GROUNDWORK_TEST_CONTEXT names no kube context of a cluster whose pods are real and that may be used"
        )
    return Node(context)


@pytest.fixture(scope="session", params=["helm", "pulumi"])
def groundwork(
    request: pytest.FixtureRequest, node: Node, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Groundwork]:
    """The platform, installed by this engine. Taken away in the end, also when a test failed."""
    engine = request.param
    if engine == "pulumi" and not shutil.which("pulumi"):
        pytest.skip("the Pulumi CLI is not on PATH")
    there = node.kubectl("get", "namespaces", *NAMESPACES, "--ignore-not-found", "-o", "name").split()
    assert there == [], f"{node.context} has an environment already: {there}"
    command = Groundwork(node, engine, tmp_path_factory.mktemp("state"))
    say(f"  groundwork up through {engine} ...")
    try:
        command.run("up", "--yes")
        yield command
    finally:
        if node.kubectl("get", "namespaces", *NAMESPACES, "--ignore-not-found", "-o", "name").split():
            command.run("destroy", "--yes")


@pytest.fixture(scope="session")
def scientist(groundwork: Groundwork, client_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Scientist:
    """Works with the environment through forwarded ports, made anew each time since pods come and go."""
    folder = tmp_path_factory.mktemp("client")

    @contextmanager
    def working() -> Iterator[DataScientist]:
        with groundwork.endpoints() as endpoints:
            yield DataScientist(endpoints, client_python, folder)

    return working


@pytest.fixture(scope="session")
def played(scientist: Scientist) -> dict[str, Any]:
    """What a data scientist made of the fresh installation."""
    with scientist() as working:
        working.push_and_pull("team/tool")
        return working.play("wine")
