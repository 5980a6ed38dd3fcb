"""What every settings model is."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from infra.graph import capture_environment
from infra.paths import PROJECT
from infra.settings import EnvironmentSettings, RootSecret, Stack, load, placeholder_root_secret
from infra.settings.base import Settings, in_bytes, in_millicores
from infra.settings.names import CREDENTIALS
from infra.settings.profiles import PROFILES
from tests.unit.settings.good import GOOD
from tests.unit.settings.models import every_field, every_model

MODELS = sorted(set(every_model(EnvironmentSettings)), key=lambda model: model.__name__)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_is_strict_frozen_and_says_what_it_is_for(model: type[Settings]) -> None:
    assert issubclass(model, Settings)
    config = model.model_config
    assert config["strict"] and config["frozen"] and config["hide_input_in_errors"]
    assert config["extra"] == "forbid"
    assert model.__doc__
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_settings_can_t_be_changed() -> None:
    settings = load("local").settings
    with pytest.raises(ValidationError):
        settings.profile = "large"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.credential_generations["tracking/admin"] = 2  # type: ignore[index]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_says_nothing_that_no_model_knows(profile: str) -> None:
    known = {path for path, _ in every_field(EnvironmentSettings)}

    def leaves(prefix: str, node: object) -> list[str]:
        if not isinstance(node, dict):
            return [prefix]
        return [leaf for key, value in node.items() for leaf in leaves(f"{prefix}.{key}" if prefix else key, value)]

    assert set(leaves("", PROFILES[profile])) <= known
    assert EnvironmentSettings.model_validate({"profile": profile})


def test_units() -> None:
    assert in_bytes("1536Mi") == 1_610_612_736
    assert in_millicores("2") == in_millicores("2000m") == 2000


def test_the_credentials_that_settings_may_rotate_are_those_that_are_derived() -> None:
    derived: set[str] = set()

    class Recording(RootSecret):
        def derive(self, credential: str, length: int = 32) -> bytes:
            derived.add(credential)
            return super().derive(credential, length)

    placeholder = placeholder_root_secret()
    stack = load("local")
    oidc = GOOD["tracking: mlflow"]["tracking"]
    settings = EnvironmentSettings.model_validate({**GOOD["all at once"], "tracking": oidc})
    capture_environment(Stack(stack.name, stack.path, settings), Recording(placeholder.value, {}, placeholder.given))
    assert derived == {*CREDENTIALS, "object-storage/datasets", "object-storage/features"}


def test_settings_are_read_without_pulumi_or_components() -> None:
    code = (
        "import sys; from infra.settings import load; load('local'); "
        "print([m for m in ('pulumi', 'components', 'infra.engines', 'infra.build') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert found.stdout.strip() == "[]"


def test_settings_go_through_json_and_come_back() -> None:
    settings = EnvironmentSettings.model_validate(GOOD["all at once"])
    assert EnvironmentSettings.model_validate_json(settings.model_dump_json()) == settings
