"""Stack files: what is said about wrong ones, and how right ones are read."""

from pathlib import Path

import pytest

from infra.errors import UserError
from infra.settings import StackError, load, stack_names
from infra.settings.capabilities import DistributionRegistry, VersityObjectStorage
from tests.unit.settings.bad_documents import BadFile
from tests.unit.settings.bad_files import BAD_FILES


def _write(folder: Path, text: str, name: str = "this") -> Path:
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
def test_a_bad_file_is_refused_in_these_words(bad: BadFile, tmp_path: Path) -> None:
    path = _write(tmp_path, bad.text)
    with pytest.raises(StackError) as refused:
        load("this", stacks_dir=tmp_path)
    assert str(refused.value).replace(f"{path}:", "").splitlines()[1:] == list(bad.says)
    assert "hunter2" not in repr(refused.value), "a value that could be a secret"


def test_the_first_line_counts_the_problems_and_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "config:\n  groundwork:environment: {profile: smal, registry: {replicas: 0}}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StackError, match=r"^2 problems in Pulumi\.this\.yaml\nPulumi\.this\.yaml:2:28: "):
        load("this", stacks_dir=tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        "storage_class",
        "object_storage.volume",
        "registry.replicas",
        "tracking.hosts",
        "database.kind",
    ],
)
def test_a_value_that_is_refused_is_never_repeated(path: str, tmp_path: Path) -> None:
    text = "Hunter2-*"
    for key in reversed(path.split(".")):
        text = f"{{{key}: {text}}}"
    _write(tmp_path, f"config:\n  groundwork:environment: {text}\n")
    with pytest.raises(StackError) as refused:
        load("this", stacks_dir=tmp_path)
    assert "Hunter2" not in str(refused.value)


def test_a_file_that_is_no_text_is_refused_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.this.yaml").write_bytes(b"config:\n  groundwork:environment: \xff\n")
    with pytest.raises(StackError, match="2:1: this is not UTF-8 text"):
        load("this", stacks_dir=tmp_path)


def test_a_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.this.yaml").mkdir()
    with pytest.raises(UserError, match="can't be read: Is a directory"):
        load("this", stacks_dir=tmp_path)


def test_a_file_nested_without_end_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, "config: " + "[" * 500)
    with pytest.raises(StackError, match="nested too deeply"):
        load("this", stacks_dir=tmp_path)


def test_a_missing_stack_lists_those_that_exist_and_the_nearest(tmp_path: Path) -> None:
    for name in ("local", "prod", "prod-fraud"):
        _write(tmp_path, "config: {}\n", name)
    with pytest.raises(UserError) as refused:
        load("locale", stacks_dir=tmp_path)
    assert "there is no stack `locale`; did you mean `local`?" in str(refused.value)
    assert "local, prod, prod-fraud" in str(refused.value)


@pytest.mark.parametrize("name", ["../stacks/Pulumi.local", "", "*", "local\x00"])
def test_a_stack_s_name_never_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(UserError, match="there is no stack"):
        load(name)


def test_every_committed_stack_loads() -> None:
    assert "local" in stack_names()
    for name in stack_names():
        assert load(name).settings


def test_other_namespaces_are_pulumi_s_own(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "config:\n  aws:region: eu-central-1\n  kubernetes:context: x\n  groundwork:environment: {profile: small}\n",
    )
    assert load("this", stacks_dir=tmp_path).settings.profile == "small"


@pytest.mark.parametrize(("profile", "replicas"), [("small", 1), ("medium", 2), ("large", 3)])
def test_a_profile_fills_what_the_file_leaves_out_and_the_file_overrides_it(
    profile: str, replicas: int, tmp_path: Path
) -> None:
    _write(
        tmp_path, f"config:\n  groundwork:environment:\n    profile: {profile}\n    object_storage: {{volume: 7Gi}}\n"
    )
    settings = load("this", stacks_dir=tmp_path).settings
    assert isinstance(settings.registry, DistributionRegistry)
    assert settings.registry.replicas == replicas
    assert isinstance(settings.object_storage, VersityObjectStorage)
    assert settings.object_storage.volume == "7Gi"
    assert settings.object_storage.resources.memory != "7Gi"


def test_scalars_are_read_as_pulumi_reads_them(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "config:\n  groundwork:environment:\n    cluster: {kind: existing, context: on}\n    storage_class: no\n"
        "    registry: {replicas: 0x10}\n",
    )
    settings = load("this", stacks_dir=tmp_path).settings
    assert settings.cluster.model_dump() == {"kind": "existing", "context": "on"}
    assert settings.storage_class == "no"
    assert isinstance(settings.registry, DistributionRegistry)
    assert settings.registry.replicas == 16
