"""checkov over the rendered Kubernetes objects of every committed environment."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.graph import capture_environment
from infra.graph.folder import write
from infra.graph.render import render
from infra.paths import STACKS
from infra.settings import load, placeholder_root_secret
from tests.contract.software import Unavailable, python_environment

LOCK = Path(__file__).with_name("requirements-checkov.txt")
SKIPPED: Mapping[str, str] = {
    "CKV_K8S_15": "images always pulled: tags are pinned and never moved, and pods must start while a registry is down",
    "CKV_K8S_35": "secrets as files: MLflow, PostgreSQL's tools and S3 clients read theirs from the environment",
    "CKV_K8S_40": "high user ids: the images own their files as the users that they were built with",
    "CKV_K8S_43": "digests: the catalog pins versions; a mirror that rebuilds an index changes its digest",
}
"""Check → why it doesn't hold here."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    try:
        environment = python_environment(LOCK)
    except Unavailable as reason:
        pytest.skip(f"checkov can't be installed here: {reason}")
    folder = tmp_path_factory.mktemp("rendered")
    for path in STACKS.glob("Pulumi.*.yaml"):
        stack = load(path.name.split(".")[1])
        write(render(capture_environment(stack, placeholder_root_secret(stack.settings))), folder / stack.name)
    checkov = [environment / "bin/python", "-m", "checkov.main", "--directory", folder]
    options = ["--framework", "kubernetes", "--output", "json", "--compact", "--quiet", "--skip-download"]
    done = subprocess.run([*map(str, checkov), *options], capture_output=True, text=True, cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    parsed: Mapping[str, Any] = json.loads(done.stdout)
    return parsed


def test_it_read_the_objects(report: Mapping[str, Any]) -> None:
    assert report["summary"]["passed"] > 800
    assert report["summary"]["parsing_errors"] == 0


def test_it_finds_nothing_without_a_reason(report: Mapping[str, Any]) -> None:
    failed = [
        f"{check['check_id']} {check['check_name']}: {check['resource']}"
        for check in report["results"]["failed_checks"]
        if check["check_id"] not in SKIPPED
    ]
    assert failed == []


@pytest.mark.parametrize("check", SKIPPED)
def test_a_reason_is_for_something_that_it_finds(check: str, report: Mapping[str, Any]) -> None:
    assert check in {failed["check_id"] for failed in report["results"]["failed_checks"]}
