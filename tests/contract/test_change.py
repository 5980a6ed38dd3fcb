"""A newer MLflow takes over an older one's data, and every credential can be replaced, without anything being lost."""

import base64
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from infra.catalog import image
from infra.settings.names import CREDENTIALS
from tests.contract import software
from tests.contract.conftest import PATIENCE, SETTINGS, Start
from tests.contract.environment import TRACKING, Environment
from tests.contract.harness import Platform
from tests.scenario.play import DataScientist

# The first whose `mlflow db upgrade` makes an empty database.
OLD = "3.14.0"
REBORN = {"database/ca", "database/server", "tracking/encryption", "tracking/session"}
"""Credentials that no data scientist notices a change of, or that make stored data unreadable on purpose."""


@pytest.fixture(scope="module")
def older(environment: Environment, start: Start) -> Platform:
    """The platform as it was with an older MLflow."""
    current = image("mlflow")
    repository = current.rpartition(":")[0]
    declared = environment.declare(SETTINGS, {current: f"{repository}:v{OLD}-full"})
    return start(declared)


def _schema_log(platform: Platform) -> str:
    return next(pod.logs(50) for pod in platform.pods() if "schema" in pod.name)


@pytest.fixture(scope="module")
def upgraded(
    older: Platform, environment: Environment, client_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Platform, dict[str, Any]]:
    """The same platform with the present MLflow, and what was logged before."""
    declared = environment.declare(SETTINGS)
    folder = tmp_path_factory.mktemp("old-client")
    old_client = software.python_environment(software.HERE / f"requirements-mlflow-{OLD}.txt") / "bin" / "python"
    before = DataScientist(declared.endpoints(older), old_client, folder).play("before-the-upgrade")
    older.apply(declared.manifests)
    older.wait_ready(PATIENCE)
    return older, before


def test_a_newer_mlflow_upgrades_the_schema_once_and_serves_what_was_logged_before(
    upgraded: tuple[Platform, dict[str, Any]], environment: Environment, client_python: Path, tmp_path: Path
) -> None:
    platform, before = upgraded
    said = _schema_log(platform)
    begun, _, ended = said.rpartition("schema: ")[2].strip().partition(" → ")
    assert begun not in ("", "empty", ended), said
    scientist = DataScientist(environment.declare(SETTINGS).endpoints(platform), client_python, tmp_path)
    scientist.check("before-the-upgrade", before)
    scientist.play("after-the-upgrade")


def test_an_upgrade_that_is_done_is_not_done_again(upgraded: tuple[Platform, dict[str, Any]]) -> None:
    platform, _ = upgraded
    job = next(m["metadata"]["name"] for m in platform.objects.of("Job") if "schema" in m["metadata"]["name"])
    begun, _, ended = platform.run("Job", TRACKING, job).rpartition("schema: ")[2].strip().partition(" → ")
    assert begun == ended


def test_every_credential_can_be_replaced_and_the_old_one_no_longer_works(
    upgraded: tuple[Platform, dict[str, Any]], environment: Environment, client_python: Path, tmp_path: Path
) -> None:
    platform, before = upgraded
    old = environment.declare(SETTINGS).endpoints(platform)
    generations = {credential: 2 for credential in CREDENTIALS if credential not in REBORN}
    declared = environment.declare({**SETTINGS, "credential_generations": generations})
    platform.apply(declared.manifests)
    platform.wait_ready(PATIENCE)
    new = declared.endpoints(platform)
    scientist = DataScientist(new, client_python, tmp_path)
    scientist.check("before-the-upgrade", before)
    scientist.push_and_pull("team/rotated")
    assert _status(new.tracking_url, new.tracking_user, old.tracking_password) == 401
    assert _status(f"{new.registry_url}/v2/", new.registry_user, old.registry_password) == 401
    assert _status(f"{new.registry_url}/v2/", new.registry_user, new.registry_password) == 200


def _status(url: str, user: str, password: str) -> int:
    request = urllib.request.Request(url)  # noqa: S310
    request.add_header("Authorization", f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
