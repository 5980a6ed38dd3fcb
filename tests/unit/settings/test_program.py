"""Inside a program the very same settings come out of `pulumi.Config`."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from infra.errors import UserError
from infra.settings import from_config, load, root_secret
from tests.unit.settings.good import GOOD

SECRET = "0123456789abcdef" * 4


def _config(environment: Any, **secrets: str) -> pulumi.Config:
    """What a program gets of the engine: every object as JSON."""
    values = {"groundwork:environment": json.dumps(environment), **{f"groundwork:{k}": v for k, v in secrets.items()}}
    pulumi.runtime.set_all_config(values, [f"groundwork:{key}" for key in secrets])
    return pulumi.Config("groundwork")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path / "state"))


@pytest.mark.parametrize("environment", GOOD.values(), ids=GOOD.keys())
def test_a_program_reads_what_the_command_line_reads(environment: dict[str, Any], tmp_path: Path) -> None:
    secrets = {
        "root_secret": SECRET,
        "object_storage_access_key": "access",
        "object_storage_secret_key": "key",
        "tracking_oidc_client_secret": "client",
    }
    config: dict[str, Any] = {f"groundwork:{key}": {"secure": "v1:a:b"} for key in secrets}
    (tmp_path / "Pulumi.this.yaml").write_text(
        yaml.safe_dump({"config": {**config, "groundwork:environment": environment}})
    )
    settings, held = from_config(_config(environment, **secrets), "this")
    assert settings == load("this", stacks_dir=tmp_path).settings
    assert {name: held.given[name] for name in settings.required_secrets if name != "root_secret"} == {
        name: value for name, value in secrets.items() if name in settings.required_secrets and name != "root_secret"
    }


def test_a_program_and_the_command_line_share_the_machine_s_root_secret() -> None:
    stack = load("local")
    _, held = from_config(_config({"profile": "small"}), stack.name)
    assert held.password("tracking/admin") == root_secret(stack).password("tracking/admin")


def test_a_program_says_all_that_is_wrong_without_a_value() -> None:
    with pytest.raises(UserError) as refused:
        from_config(_config({"objectstore": {}, "tracking": {"hosts": ["hunter2!"]}}), "prod")
    assert str(refused.value).splitlines() == [
        "the settings of stack `prod` are not right",
        "groundwork:environment.tracking.hosts[0]: must be a DNS name without scheme, port or path, like "
        "`mlflow.example.com`",
        "groundwork:environment.objectstore: is not a key here; did you mean `object_storage`?",
    ]


def test_a_program_without_an_environment_or_a_secret_says_how_to_set_it() -> None:
    pulumi.runtime.set_all_config({}, [])
    with pytest.raises(UserError, match="stack `prod` has no `groundwork:environment`"):
        from_config(pulumi.Config("groundwork"), "prod")
    with pytest.raises(UserError, match="pulumi config set --secret groundwork:root_secret"):
        from_config(_config({"root_secret": {"kind": "config"}}), "prod")


def test_a_short_root_secret_is_refused_without_showing_it() -> None:
    with pytest.raises(UserError, match="groundwork:root_secret is too short") as refused:
        from_config(_config({"root_secret": {"kind": "config"}}, root_secret="hunter2"), "prod")
    assert "hunter2" not in str(refused.value)
