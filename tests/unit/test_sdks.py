"""The SDKs, loaded lazily, hold what they hold when they are loaded at once."""

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi import log
from pulumi.runtime.proto import engine_pb2

from infra import sdks
from infra.graph import capture
from infra.graph.recorder import _Engine
from infra.paths import PROJECT

_AT_ONCE = "import sys; from infra import sdks; sys.meta_path.remove(sdks._Finder)\n"
_NAMES = """
import importlib, json, sys, types
package = importlib.import_module(sys.argv[1])
package.outputs
asked = json.loads(sys.argv[2]) or [
    name
    for name, value in sorted(vars(package).items(), reverse=True)
    if not name.startswith("_") and not isinstance(value, types.ModuleType)
]
found = {}
for name in asked:
    value = getattr(package, name)
    keys = list(getattr(value, "__annotations__", ()))
    found[name] = [value.__class__.__name__, getattr(value, "__module__", ""), repr(value).partition(" at 0x")[0], keys]
print(json.dumps(found))
"""
_GRAPH = """
import json, sys
from infra.graph import capture_environment
from infra.graph.export import to_json
from infra.settings import load, placeholder_root_secret
stack = load(sys.argv[1])
print(json.dumps(to_json(capture_environment(stack, placeholder_root_secret(stack.settings)))))
print(json.dumps(sorted(name for name in sys.modules if name.startswith("pulumi_"))), file=sys.stderr)
"""


def run(code: str, *arguments: str) -> tuple[str, str]:
    """What the code prints in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


@pytest.mark.parametrize("package", ["pulumi_kubernetes.core.v1", "pulumi_aws.ec2"])
def test_every_name_of_a_package_means_the_same_whatever_is_asked_for_first(package: str) -> None:
    at_once, _ = run(_AT_ONCE + _NAMES, package, "[]")
    expected = json.loads(at_once)
    # Last names first: nothing that was loaded for an earlier one helps.
    lazily, _ = run("from infra import sdks\n" + _NAMES, package, json.dumps(list(expected)))
    assert len(expected) > 20
    assert json.loads(lazily) == expected


def test_the_graph_is_the_same_and_most_of_the_sdks_stays_unloaded() -> None:
    at_once, all_modules = run(_AT_ONCE + _GRAPH, "prod")
    lazily, modules = run(_GRAPH, "prod")
    assert lazily == at_once
    assert "pulumi_kubernetes.core.v1.ReplicationController" in all_modules
    assert "pulumi_kubernetes.core.v1.ReplicationController" not in modules


def test_an_environment_off_aws_loads_nothing_of_its_sdk() -> None:
    _, modules = run(_GRAPH, "local")
    assert "pulumi_kubernetes" in modules
    assert "pulumi_aws" not in modules


def test_a_function_named_as_its_module_stays_the_function_when_the_module_comes_first() -> None:

    assert callable(aws.ec2.get_prefix_list)
    assert aws.ec2.get_prefix_list_output.__module__ == "pulumi_aws.ec2.get_prefix_list"


def test_a_typed_dict_makes_dicts() -> None:
    made = aws.eks.NodeGroupScalingConfigArgsDict(desired_size=1, max_size=3, min_size=1)
    assert type(made) is dict
    assert made == {"desired_size": 1, "max_size": 3, "min_size": 1}
    assert aws.eks.NodeGroupScalingConfigArgsDict.__required_keys__ == made.keys()


def test_a_star_import_of_a_lazy_package_brings_everything() -> None:
    names: dict[str, Any] = {}
    exec("from pulumi_aws.kms import *", names)  # noqa: S102 - only a module's top may say so
    assert {"Key", "KeyArgs", "Alias", "get_key"} <= names.keys()
    assert {"Key", "Grant", "outputs"} <= set(dir(aws.kms))


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'pulumi_aws\.ec2' has no attribute 'Vcp'"):
        aws.ec2.Vcp  # type: ignore[attr-defined]  # noqa: B018


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with one module, which stands in a generated SDK."""
    folder = tmp_path / "pulumi_made" / "part"
    folder.mkdir(parents=True)
    (tmp_path / "pulumi_made" / "__init__.py").touch()
    (folder / "thing.py").write_text('__all__ = ["Thing"]\nclass Thing: ...\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sdks, "_GENERATED", frozenset({"pulumi_made"}))
    yield folder / "__init__.py"
    for name in [name for name in sys.modules if name.startswith("pulumi_made")]:
        del sys.modules[name]


def test_a_package_of_star_imports_waits(package: Path) -> None:
    package.write_text("# coding=utf-8\nimport typing\nfrom .thing import *\n")
    from pulumi_made import part  # type: ignore[import-not-found]

    assert "pulumi_made.part.thing" not in sys.modules
    assert part.Thing.__module__ == "pulumi_made.part.thing"


def test_a_package_that_does_more_is_loaded_as_it_is(package: Path) -> None:
    package.write_text("from .thing import *\nREGISTRY = {'thing': Thing}\n")
    from pulumi_made import part

    assert "pulumi_made.part.thing" in sys.modules
    assert {"thing": part.Thing} == part.REGISTRY


@pytest.mark.parametrize(("debug", "said"), [("", []), ("1", ["details"])])
def test_a_lean_run_keeps_the_sdks_debug_lines_to_itself_unless_asked(
    debug: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    def hear(_engine: _Engine, request: engine_pb2.LogRequest) -> None:
        if request.message in ("details", "news"):
            heard.append(request.message)

    monkeypatch.setattr(_Engine, "Log", hear)
    monkeypatch.setattr(log, "debug", log.debug)
    monkeypatch.setenv("GROUNDWORK_DEBUG", debug)

    def program() -> None:
        sdks.run_lean()
        log.debug("details")
        log.info("news")

    try:
        capture("dev", program)
    finally:
        gc.enable()
    assert heard == [*said, "news"]
