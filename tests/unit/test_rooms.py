"""Who may import whom, read from the sources themselves."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.paths import PROJECT

# Modules of the standard library that would make a program run depend on more than its stack file.
_IMPURE = {
    "http",
    "random",
    "requests",
    "secrets",
    "socket",
    "subprocess",
    "tempfile",
    "time",
    "urllib.request",
    "uuid",
}


def _sources(folder: str) -> list[Path]:
    """The package's modules. What lies under `scripts` runs in pods and is imported by nobody."""
    return sorted(p for p in (PROJECT / folder).rglob("*.py") if "scripts" not in p.relative_to(PROJECT).parts)


def _package(path: Path) -> list[str]:
    parts = list(path.relative_to(PROJECT).with_suffix("").parts)
    return parts[:-1]


def _imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, at its top or within; imports for types alone among them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _package(path)[: 1 - node.level or None] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _is_in(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _forbidden(folder: str, *packages: str) -> list[str]:
    return [
        f"{path.relative_to(PROJECT)} imports {module}"
        for path in _sources(folder)
        for module in _imports(path)
        if _is_in(module, *packages)
    ]


def test_components_import_only_pulumi_the_standard_library_and_each_other() -> None:
    allowed = {"components", "pulumi", *sys.stdlib_module_names}
    foreign = [
        f"{path.relative_to(PROJECT)} imports {module}"
        for path in _sources("components")
        for module in _imports(path)
        if (root := module.partition(".")[0]) not in allowed and not root.startswith("pulumi_")
    ]
    assert foreign == []


def test_components_ask_nothing_but_their_arguments() -> None:
    assert _forbidden("components", *_IMPURE) == []


def test_settings_know_neither_components_nor_engines_nor_pulumi() -> None:
    assert (
        _forbidden("infra/settings", "components", "infra.engines", "infra.build", "infra.graph", "pulumi_kubernetes")
        == []
    )


def test_the_command_line_is_imported_by_nobody() -> None:
    outside = [p for p in _sources("infra") if not p.is_relative_to(PROJECT / "infra/cli")] + _sources("components")
    assert [str(p) for p in outside for module in _imports(p) if _is_in(module, "infra.cli")] == []


def test_only_build_knows_both_settings_and_components() -> None:
    users = {
        p.relative_to(PROJECT).as_posix() for p in _sources("infra") for m in _imports(p) if _is_in(m, "components")
    }
    assert users and all(user.startswith("infra/build/") for user in users)


def test_only_the_graph_and_the_program_import_build() -> None:
    users = {
        p.relative_to(PROJECT).as_posix() for p in _sources("infra") for m in _imports(p) if _is_in(m, "infra.build")
    }
    outside = {user for user in users if not user.startswith("infra/build/")}
    assert outside <= {"infra/graph/__init__.py", "infra/engines/pulumi.py"}


def test_the_program_is_its_three_lines() -> None:
    files = [p.name for p in (PROJECT / "infra/program").iterdir() if p.name != "__pycache__"]
    assert files == ["__main__.py"]
    lines = (PROJECT / "infra/program/__main__.py").read_text().splitlines()
    assert len([line for line in lines if line]) == 3


@pytest.mark.parametrize("path", _sources("infra/cli"), ids=lambda path: path.stem)
def test_commands_import_their_logic_only_when_they_run(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {module for node in tree.body for module in _imported_by(node)}
    heavy = [
        module
        for module in sorted(top)
        if not _is_in(module, "typer", "infra.errors", "infra.cli")
        and module.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert heavy == []


def _imported_by(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


@pytest.mark.parametrize("room", ["components", "infra"])
def test_files_stay_under_four_hundred_lines(room: str) -> None:
    lengths = {p.relative_to(PROJECT).as_posix(): len(p.read_text().splitlines()) for p in _sources(room)}
    assert {path: lines for path, lines in lengths.items() if lines >= 400} == {}
