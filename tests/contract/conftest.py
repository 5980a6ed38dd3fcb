"""One platform for all tests that leave it as it was, and the means to start another."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.contract import software
from tests.contract.environment import Declaration, Environment
from tests.contract.harness import Platform
from tests.scenario.endpoints import Endpoints
from tests.scenario.play import DataScientist

SETTINGS = {"object_storage": {"buckets": [{"name": "teams", "versioning": True}]}}
"""The local environment, and a bucket of a team's own."""

PATIENCE = 600
"""Seconds until a platform must be ready. It takes 30 on an idle machine, and many times that on a crowded one."""

Start = Callable[[Declaration], Platform]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A stack file of these tests' own, with a root secret that nobody else has."""
    folder = tmp_path_factory.mktemp("environment")
    before = os.environ.get("GROUNDWORK_STATE")
    os.environ["GROUNDWORK_STATE"] = str(folder / "state")
    yield Environment(folder)
    if before is None:
        del os.environ["GROUNDWORK_STATE"]
    else:
        os.environ["GROUNDWORK_STATE"] = before


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts declared objects as real servers and waits until they are ready. Ends them with the tests."""
    with ExitStack() as running:

        def started(declared: Declaration) -> Platform:
            try:
                platform = running.enter_context(Platform(tmp_path_factory.mktemp("platform"), declared.manifests))
            except software.Unavailable as reason:
                pytest.skip(f"real servers can't be started here: {reason}")
            software.say("  real servers of an environment start ...")
            platform.wait_ready(PATIENCE)
            return platform

        yield started


@pytest.fixture(scope="session")
def declared(environment: Environment) -> Declaration:
    """The environment that most tests look at."""
    return environment.declare(SETTINGS)


@pytest.fixture(scope="session")
def platform(declared: Declaration, start: Start) -> Platform:
    """The whole platform. Who changes it puts it back."""
    return start(declared)


@pytest.fixture(scope="session")
def endpoints(declared: Declaration, platform: Platform) -> Endpoints:
    """What a data scientist is given of the platform."""
    return declared.endpoints(platform)


@pytest.fixture(scope="session")
def scientist(endpoints: Endpoints, client_python: Path, tmp_path_factory: pytest.TempPathFactory) -> DataScientist:
    """Works with the platform from another process."""
    return DataScientist(endpoints, client_python, tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="session")
def played(scientist: DataScientist) -> dict[str, Any]:
    """What a data scientist made of the fresh platform, under the name `wine`."""
    return scientist.play("wine")


@pytest.fixture(autouse=True)
def every_connection_is_allowed(request: pytest.FixtureRequest) -> Iterator[None]:
    """No pod tried to talk to another that no NetworkPolicy lets it."""
    yield
    if "platform" in request.fixturenames:
        assert request.getfixturevalue("platform").refused == []
