"""A data scientist works with the platform's real servers."""

from typing import Any

from tests.contract.harness import Platform
from tests.scenario.play import DataScientist


def test_a_model_is_trained_logged_registered_and_predicts_the_same_when_loaded_by_its_alias(
    scientist: DataScientist, played: dict[str, Any]
) -> None:
    assert played["accuracy"] > 0.9
    scientist.check("wine", played)


def test_an_image_is_pushed_and_pulled(scientist: DataScientist) -> None:
    scientist.push_and_pull("team/tool")


def test_nothing_crashed_on_the_way_and_every_liveness_probe_passes(platform: Platform) -> None:
    for pod in platform.pods():
        assert pod.alive(), pod.logs()
        assert pod.restarts == 0, pod.logs()
