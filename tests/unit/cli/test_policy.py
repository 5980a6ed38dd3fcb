"""`groundwork policy`: what it says, and how it ends."""

import json

import pytest

from infra import policy
from infra.cli.app import run
from infra.policy.model import Rule


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_a_sound_stack_ends_well(stack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", stack]) == 0
    assert capsys.readouterr().out.endswith("none broken\n")


def test_a_rule_that_the_settings_switch_off_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "dev"]) == 0
    assert "note: the rule `protected` is not held: `account.protection` is off" in capsys.readouterr().out


def test_a_broken_rule_is_named_and_fails(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Rule("no-resource", "There is nothing.", lambda graph: ((resource, "must go") for resource in graph))
    monkeypatch.setattr(policy, "RULES", (rule,))
    assert run(["policy", "local"]) == 1
    assert "kubernetes provider cluster: must go (no-resource)" in capsys.readouterr().out
    assert run(["policy", "local", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["violations"][0]["rule"] == "no-resource"
    assert report["rules"] == {"no-resource": "There is nothing."}
