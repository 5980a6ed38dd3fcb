"""`groundwork check`, for a person and for a script."""

import json
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from infra import paths
from infra.cli.app import run
from infra.settings.capabilities import EksCluster, ExistingEksCluster, RdsDatabase
from infra.settings.reference import example
from tests.unit.settings.good import complete


@pytest.fixture(autouse=True)
def _stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of two stacks: one right, one wrong."""
    (tmp_path / "Pulumi.right.yaml").write_text("config:\n  groundwork:environment: {profile: medium}\n")
    (tmp_path / "Pulumi.wrong.yaml").write_text("config:\n  groundwork:environment: {profil: small}\n")
    monkeypatch.setattr(paths, "STACKS", tmp_path)
    monkeypatch.chdir(tmp_path)


def test_a_right_stack_is_said_to_be_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "right"]) == 0
    assert capsys.readouterr().out == "Pulumi.right.yaml is right (profile medium)\n"


def test_a_wrong_stack_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "wrong"]) == 2
    assert capsys.readouterr().err == (
        "error: 1 problem in Pulumi.wrong.yaml\n"
        "Pulumi.wrong.yaml:2:28: groundwork:environment.profil: is not a key here; did you mean `profile`?\n"
    )


def test_a_script_reads_the_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "wrong", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == {
        "stack": "wrong",
        "file": "Pulumi.wrong.yaml",
        "ok": False,
        "problems": [
            {
                "line": 2,
                "column": 28,
                "key": "groundwork:environment.profil",
                "message": "is not a key here; did you mean `profile`?",
            }
        ],
        "unset": [],
        "soon": [],
    }
    assert run(["check", "right", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_what_is_still_to_be_encrypted_is_said_and_is_no_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Pulumi.new.yaml").write_text("config:\n  groundwork:environment: {root_secret: {kind: config}}\n")
    assert run(["check", "new"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Pulumi.new.yaml is right (profile small)"
    assert printed[1].startswith("still to do before `groundwork up new`: groundwork:root_secret is missing: ")
    assert run(["check", "new", "--json"]) == 0
    assert [entry["key"] for entry in json.loads(capsys.readouterr().out)["unset"]] == ["groundwork:root_secret"]


def test_a_stack_that_is_not_there_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "rigth", "--json"]) == 2
    assert "did you mean `right`?" in capsys.readouterr().err


class _Later(datetime):
    """A day on which EKS 1.34 is in extended support, and 1.33 in none."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_Later":
        return cls(2027, 9, 1, tzinfo=tz)


@pytest.mark.parametrize(
    ("version", "support", "says"),
    [
        (
            "1.34",
            "standard",
            "version: is out of standard support since 2026-12-02: take a newer one, or say `support: e",
        ),
        ("1.34", "extended", None),
        ("1.33", "extended", "version: is out of support since 2027-07-29: EKS no longer makes clusters of it"),
    ],
)
def test_a_version_that_aws_no_longer_supports_is_refused_on_the_day(
    version: str,
    support: str,
    says: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("datetime.datetime", _Later)
    cluster = {**example(EksCluster), "version": version, "support": support}
    (tmp_path / "Pulumi.aws.yaml").write_text(
        json.dumps({"config": {"groundwork:environment": complete({"cluster": cluster})}})
    )
    assert run(["check", "aws"]) == (2 if says else 0)
    printed = capsys.readouterr()
    if says:
        assert says in printed.err
        assert "Pulumi.aws.yaml:1:" in printed.err


@pytest.mark.parametrize(
    ("day", "given", "says"),
    [
        ((2026, 12, 26), {"version": "1.35"}, None),
        (
            (2026, 12, 27),
            {"version": "1.35", "support": "extended"},
            "standard support of Kubernetes 1.35 ends on 2027-03-27; then a surcharge is due",
        ),
        (
            (2027, 3, 27),
            {"version": "1.35", "support": "standard"},
            "standard support of Kubernetes 1.35 ends on 2027-03-27; then AWS upgrades it",
        ),
        (
            (2027, 3, 28),
            {"version": "1.35", "support": "extended"},
            "Kubernetes 1.35 is in extended support, for a surcharge, until 2028-03-27; then AWS upgrades it",
        ),
    ],
)
def test_an_end_of_support_is_announced_ninety_days_before(
    day: tuple[int, int, int],
    given: dict[str, str],
    says: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Then":
            return cls(*day, tzinfo=tz)

    monkeypatch.setattr("datetime.datetime", Then)
    settings = complete({"cluster": {**example(EksCluster), **given}})
    (tmp_path / "Pulumi.aws.yaml").write_text(json.dumps({"config": {"groundwork:environment": settings}}))
    assert run(["check", "aws"]) == 0
    soon = [line for line in capsys.readouterr().out.splitlines() if line.startswith("soon: ")]
    assert soon == ([f"soon: groundwork:environment.cluster.version: {says}"] if says else [])
    assert run(["check", "aws", "--json"]) == 0
    assert [entry["message"] for entry in json.loads(capsys.readouterr().out)["soon"]] == ([says] if says else [])


@pytest.mark.parametrize(
    ("database", "day", "says"),
    [
        (None, (2029, 10, 1), "support of PostgreSQL 17.6 ends on 2029-11-08"),
        (
            RdsDatabase,
            (2029, 12, 1),
            "standard support of PostgreSQL 17 on RDS ends on 2030-02-28; then a surcharge is due",
        ),
    ],
)
def test_the_end_of_a_database_is_announced_too(
    database: type[RdsDatabase] | None,
    day: tuple[int, int, int],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Then":
            return cls(*day, tzinfo=tz)

    monkeypatch.setattr("datetime.datetime", Then)
    on_aws = {"cluster": example(ExistingEksCluster), "database": example(database)} if database else {}
    text = json.dumps({"config": {"groundwork:environment": complete(on_aws)}})
    (tmp_path / "Pulumi.later.yaml").write_text(text)
    assert run(["check", "later"]) == 0
    assert f"soon: groundwork:environment.database.kind: {says}\n" in capsys.readouterr().out
