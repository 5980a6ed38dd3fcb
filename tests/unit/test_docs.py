"""The documentation is true: its commands parse, its stack files load, its links lead somewhere."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.cli.app import make_app
from infra.paths import PROJECT

PAGES = sorted([PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").glob("*.md")])
GROUNDWORK = re.compile(r"(?:scripts/)?groundwork (?!\|)(.+)")


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def _command_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in _blocks(page, "console"):
            for line in block.splitlines():
                if line.startswith("$ "):
                    yield page.name, line[2:].split("  #")[0].strip()


def _groundwork_lines() -> Iterator[tuple[str, str]]:
    for page, line in _command_lines():
        inner = re.search(r"\$\(scripts/groundwork (.+?)\)", line)
        if inner:
            yield page, inner[1]
        elif line.startswith("scripts/groundwork "):
            yield page, line.removeprefix("scripts/groundwork ")


def _commands() -> Iterator[tuple[str, Any]]:
    def walk(prefix: str, command: Any) -> Iterator[tuple[str, Any]]:
        children = getattr(command, "commands", None)
        if children is None:
            yield prefix, command
            return
        for name, child in children.items():
            yield from walk(f"{prefix} {name}".strip(), child)

    yield from walk("", typer.main.get_command(make_app()))


@pytest.mark.parametrize(("page", "line"), list(_groundwork_lines()))
def test_a_documented_command_line_is_understood(page: str, line: str) -> None:
    command: Any = typer.main.get_command(make_app())
    context: Any = None
    arguments = shlex.split(line)
    while hasattr(command, "resolve_command"):
        context = command.make_context(command.name or "groundwork", arguments, parent=context)
        _, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])
    command.make_context(command.name, arguments, parent=context)


@pytest.mark.parametrize(("page", "line"), list(_command_lines()))
def test_a_documented_script_exists(page: str, line: str) -> None:
    for script in re.findall(r"\bscripts/[a-z]+", line):
        assert (PROJECT / script).exists(), f"{page}: {script}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize(
    ("name", "command"), list(_commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_has_help_with_an_example_and_a_page(name: str, command: Any) -> None:
    assert command.help
    assert f"groundwork {name}" in command.help + (command.epilog or ""), "no example"
    assert f"groundwork {name}" in (PROJECT / "docs/commands.md").read_text()
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{parameter.name} has no help"


def test_the_command_reference_is_up_to_date() -> None:
    from infra.cli.docs import commands_text

    assert (PROJECT / "docs/commands.md").read_text() == commands_text(), "run `groundwork docs`"


def test_the_stack_files_in_the_documentation_load(tmp_path: Path) -> None:
    from infra.settings import load

    blocks = [b for page in PAGES for b in _blocks(page, "yaml") if "groundwork:environment" in b]
    assert blocks
    for number, block in enumerate(blocks):
        (tmp_path / f"Pulumi.doc{number}.yaml").write_text(block)
        load(f"doc{number}", stacks_dir=tmp_path)
