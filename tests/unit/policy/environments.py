"""Every environment that the rules are held against, captured once."""

import json
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from components.aws import policies
from infra import paths
from infra.build import build
from infra.graph import Graph, capture
from infra.settings import EnvironmentSettings, load, placeholder_root_secret
from tests.unit.policy.alternatives import ON_AWS
from tests.unit.settings.good import GOOD, complete

STACKS = sorted(path.name.split(".")[1] for path in paths.STACKS.glob("Pulumi.*.yaml"))
ENVIRONMENTS = {
    **{name: load(name).settings for name in STACKS},
    **{
        name: EnvironmentSettings.model_validate(complete(settings))
        for name, settings in {**GOOD, **ON_AWS}.items()
        if "account" in settings
    },
}
"""The committed stacks, and on AWS every kind of every capability."""


@cache
def captured(name: str) -> tuple[Graph, frozenset[str]]:
    """The graph of one environment, and the policies that `policy_document` wrote into it."""
    settings, written = ENVIRONMENTS[name], set()

    def dumps(*args: Any, **options: Any) -> str:
        text = json.dumps(*args, **options)
        written.add(text)
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policies, "json", SimpleNamespace(dumps=dumps))
        graph = capture("rules", lambda: build("rules", settings, placeholder_root_secret(settings)))
    return graph, frozenset(written)
