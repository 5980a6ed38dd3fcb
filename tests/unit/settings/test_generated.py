"""What is generated from the models: the schema for editors and the reference for people."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from infra.errors import RunFailed
from infra.paths import PROJECT, STACKS
from infra.settings import EnvironmentSettings, StackError, load, stack_names
from infra.settings.document import read
from infra.settings.names import CREDENTIALS, SECRETS
from infra.settings.reference import reference_text
from infra.settings.schema import schema_text, stack_schema
from tests.unit.settings.bad_documents import BadFile
from tests.unit.settings.bad_files import BAD_FILES
from tests.unit.settings.good import GOOD, complete
from tests.unit.settings.models import every_field


@cache
def _schema() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(stack_schema())
    return jsonschema.Draft202012Validator(stack_schema())


def test_the_committed_files_are_up_to_date() -> None:
    assert (STACKS / "schema.json").read_text() == schema_text(), "run `groundwork schema`"
    assert (PROJECT / "docs" / "settings.md").read_text() == reference_text(), "run `groundwork docs`"


@pytest.mark.parametrize("name", stack_names())
def test_the_schema_accepts_every_committed_stack(name: str) -> None:
    _schema().validate(read(STACKS / f"Pulumi.{name}.yaml").data)


@pytest.mark.parametrize("name", stack_names())
def test_every_committed_stack_names_the_schema_for_editors(name: str) -> None:
    first = (STACKS / f"Pulumi.{name}.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./schema.json"


@pytest.mark.parametrize("environment", GOOD.values(), ids=GOOD.keys())
def test_the_schema_accepts_what_loads(environment: dict[str, Any]) -> None:
    _schema().validate({"config": {"groundwork:environment": environment, "aws:region": "eu-central-1"}})


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
def test_the_schema_refuses_what_a_schema_can_refuse(bad: BadFile, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.this.yaml").write_text(bad.text)
    try:
        data = read(tmp_path / "Pulumi.this.yaml").data
    except StackError:
        assert not bad.by_schema
        return
    assert _schema().is_valid(data) != bad.by_schema


def test_editors_show_a_text_for_every_key() -> None:
    def properties(node: Any) -> list[tuple[str, Any]]:
        if isinstance(node, list):
            return [found for item in node for found in properties(item)]
        if not isinstance(node, dict):
            return []
        own = list(node["properties"].items()) if isinstance(node.get("properties"), dict) else []
        return own + [found for item in node.values() for found in properties(item)]

    found = [(name, value) for name, value in properties(stack_schema()) if name not in ("config", "secure")]
    assert len(found) > 40
    models = stack_schema()["$defs"]
    shown = {f"#/$defs/{name}": model["description"] for name, model in models.items()}
    assert [name for name, value in found if not (value.get("description") or shown.get(value.get("$ref", "")))] == []


def test_the_reference_has_a_row_for_every_key_with_default_meaning_and_example() -> None:
    text = reference_text()
    rows = set(re.findall(r"^\| `([^`]+)` \| .+? \| .+? \| .+? \| .+? \|$", text, re.M))
    for path, field in every_field(EnvironmentSettings):
        assert path in rows, f"`{path}` is not in the reference"
        assert field.description
    for name in (*(f"groundwork:{secret}" for secret in SECRETS), *CREDENTIALS):
        assert f"`{name}`" in text


def test_the_reference_shows_each_profile_s_own_default() -> None:
    volume = next(line for line in reference_text().splitlines() if line.startswith("| `object_storage.volume`"))
    assert "`20Gi` · `200Gi` · `2Ti`" in volume


def test_every_example_of_the_reference_loads(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", reference_text(), re.S)
    assert len(blocks) > 10
    for block in blocks:
        data = yaml.safe_load(block)
        if "config" not in data:
            data = {"config": {"groundwork:environment": complete(data)}}
        data["config"] |= {f"groundwork:{name}": {"secure": "v1:a:b"} for name in SECRETS}
        (tmp_path / "Pulumi.this.yaml").write_text(yaml.safe_dump(data))
        load("this", stacks_dir=tmp_path)


def test_a_generated_file_that_is_not_up_to_date_is_named(tmp_path: Path) -> None:
    from infra.cli.generated import keep

    file = tmp_path / "settings.md"
    with pytest.raises(RunFailed, match=r"settings\.md is not up to date: run `groundwork docs`"):
        keep(file, "new", check=True, command="groundwork docs")
    assert not file.exists()
    keep(file, "new", check=False, command="groundwork docs")
    keep(file, "new", check=True, command="groundwork docs")
    assert file.read_text() == "new"
