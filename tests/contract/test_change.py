"""A newer MLflow takes over an older one's data while every credential is replaced, without anything being lost.

Both at once: each means that every server starts anew, which is what takes long.
"""

import base64
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.catalog import image
from infra.settings.names import CREDENTIALS
from tests.contract import software
from tests.contract.conftest import PATIENCE, SETTINGS, Start
from tests.contract.environment import TRACKING, Environment
from tests.contract.harness import Platform
from tests.scenario.endpoints import Endpoints
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


@dataclass(frozen=True)
class Change:
    """A platform after an upgrade of MLflow and a rotation of all credentials."""

    platform: Platform
    before: dict[str, Any]
    """What was logged with the older MLflow."""
    old: Endpoints
    new: Endpoints


@pytest.fixture(scope="module")
def change(older: Platform, environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Change:
    """The same platform with the present MLflow and other credentials."""
    old = environment.declare(SETTINGS).endpoints(older)
    client = software.python_environment(software.HERE / f"requirements-mlflow-{OLD}.txt") / "bin" / "python"
    before = DataScientist(old, client, tmp_path_factory.mktemp("old-client")).play("before-the-change")
    generations = {credential: 2 for credential in CREDENTIALS if credential not in REBORN}
    declared = environment.declare({**SETTINGS, "credential_generations": generations})
    older.apply(declared.manifests)
    older.wait_ready(PATIENCE)
    return Change(older, before, old, declared.endpoints(older))


def test_a_newer_mlflow_upgrades_the_schema_once_and_serves_what_was_logged_before(
    change: Change, client_python: Path, tmp_path: Path
) -> None:
    said = _schema_log(change.platform)
    begun, _, ended = said.rpartition("schema: ")[2].strip().partition(" → ")
    assert begun not in ("", "empty", ended), said
    scientist = DataScientist(change.new, client_python, tmp_path)
    scientist.check("before-the-change", change.before)
    scientist.play("after-the-change")


def test_an_upgrade_that_is_done_is_not_done_again(change: Change) -> None:
    platform = change.platform
    job = next(m["metadata"]["name"] for m in platform.objects.of("Job") if "schema" in m["metadata"]["name"])
    begun, _, ended = platform.run("Job", TRACKING, job).rpartition("schema: ")[2].strip().partition(" → ")
    assert begun == ended


def test_every_credential_is_replaced_and_the_old_one_no_longer_works(
    change: Change, client_python: Path, tmp_path: Path
) -> None:
    old, new = change.old, change.new
    DataScientist(new, client_python, tmp_path).push_and_pull("team/rotated")
    assert _status(new.tracking_url, new.tracking_user, new.tracking_password) == 200
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
