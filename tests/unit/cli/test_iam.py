"""`groundwork iam`: what it prints and writes, and how it ends."""

import json
from pathlib import Path

import pytest

from infra.cli.app import run


def test_it_says_resource_by_resource_what_deploying_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["iam", "prod"]) == 0
    said = capsys.readouterr().out
    assert "Trail audit" in said
    assert "create: cloudtrail:AddTags, cloudtrail:CreateTrail" in said
    assert "on arn:aws:cloudtrail:eu-central-1:111122223333:trail/mlops-prod" in said
    assert "trust: of the role mlops-prod-deploy" in said


def test_json_has_every_policy_and_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["iam", "prod", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report.keys() == {"stack", "deploy", "preview", "trust", "boundary", "resources"}
    assert {document["Version"] for document in report["deploy"]} == {"2012-10-17"}
    bucket = next(r for r in report["resources"] if r["type"] == "aws:s3/bucket:Bucket")
    assert {"read", "create", "delete"} <= {grant["for"] for grant in bucket["grants"]}


def test_each_policy_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["iam", "prod", "--out", str(tmp_path / "policies")]) == 0
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / "policies").iterdir()}
    expected = {"boundary.json", "deploy-1.json", "preview-1.json", "trust-mlops-prod-deploy.json"}
    assert expected <= written.keys()
    assert f"{len(written)} files in" in capsys.readouterr().out


def test_off_aws_there_is_nothing_to_allow(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["iam", "local"]) == 2
    assert "stack `local` has no `account`" in capsys.readouterr().err
