"""Graphs that many tests look at, captured once."""

from collections.abc import Callable
from functools import cache

import pytest

from infra.graph import Graph, capture_environment
from infra.settings import EnvironmentSettings, Stack, load, placeholder_root_secret


@cache
def _captured(profile: str | None) -> Graph:
    stack = load("local")
    if profile:
        data = {"profile": profile, "cluster": {"kind": "auto"}, "root_secret": {"kind": "machine"}}
        stack = Stack(stack.name, stack.path, EnvironmentSettings.model_validate(data))
    return capture_environment(stack, placeholder_root_secret(stack.settings))


@pytest.fixture(scope="session")
def local_graph() -> Graph:
    """Everything that `stacks/Pulumi.local.yaml` declares."""
    return _captured(None)


@pytest.fixture(scope="session")
def graph_of_profile() -> Callable[[str], Graph]:
    """A local environment in this profile, all else at its default."""
    return _captured
