"""`groundwork policy`: what it says, and how it ends."""

import json

import pytest

from infra import policy
from infra.cli.app import run
from infra.policy.model import Rule


def test_a_sound_stack_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "local"]) == 0
    assert capsys.readouterr().out.endswith("none broken\n")


def test_a_broken_rule_is_named_and_fails(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Rule("no-resource", "There is nothing.", lambda graph: ((resource, "must go") for resource in graph))
    monkeypatch.setattr(policy, "RULES", (rule,))
    assert run(["policy", "local"]) == 1
    assert "kubernetes provider cluster: must go (no-resource)" in capsys.readouterr().out
    assert run(["policy", "local", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["violations"][0]["rule"] == "no-resource"
    assert report["rules"] == {"no-resource": "There is nothing."}
