"""Where an environment was brought up from this machine."""

from pathlib import Path

import pytest

from infra.engines.places import chosen_cluster, forget, knows, remember
from infra.paths import environment_dir
from infra.settings import load
from infra.settings.capabilities import AutoCluster, ExistingCluster
from infra.toolchain.existing import ExistingControlPlane

K3S, OTHER = (ExistingControlPlane("local", context, offline=True, on_progress=print) for context in ("k3s", "other"))


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path))
    return environment_dir("local")


def test_later_commands_go_where_the_last_up_went(directory: Path) -> None:
    assert isinstance(chosen_cluster(load("local"), directory), AutoCluster)
    remember(directory, OTHER)
    remember(directory, K3S)
    assert chosen_cluster(load("local"), directory) == ExistingCluster(kind="existing", context="k3s")
    remember(directory, OTHER)
    assert chosen_cluster(load("local"), directory) == ExistingCluster(kind="existing", context="other")


def test_a_place_is_known_from_its_up_to_its_destroy_and_the_last_one_is_told(directory: Path) -> None:
    assert not knows(directory, K3S)
    remember(directory, K3S)
    remember(directory, OTHER)
    remember(directory, K3S)
    assert knows(directory, K3S)
    assert not forget(directory, K3S)
    assert not knows(directory, K3S)
    assert knows(directory, OTHER)
    assert forget(directory, OTHER)
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"places": [1]}', '{"places": [{"kind": "existing"}]}'])
def test_a_damaged_memory_counts_as_none(directory: Path, text: str) -> None:
    (directory / "cluster.json").write_text(text)
    assert isinstance(chosen_cluster(load("local"), directory), AutoCluster)
    assert not knows(directory, K3S)
