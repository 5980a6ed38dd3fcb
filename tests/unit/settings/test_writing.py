"""Changes to a stack file: only what changes, changes."""

import difflib
from typing import Any

import pytest
import yaml

from infra.settings.document import Loader
from infra.settings.writing import put

TEXT = """\
# yaml-language-server: $schema=./schema.json
config:
  groundwork:environment:   # the whole of it
    profile:   small
    account: {kind: aws,  id: "111122223333", region: eu-central-1}
    cluster:
        kind: auto   # indented by four

    # the secret's own comment
    root_secret:
      kind: machine
    nothing:
    hosts:
    - a
    - "b"
    certificate: |
      ---
      abc

  groundwork:root_secret:
    secure: v1:abc:dddd
encryptionsalt: v1:x
"""
ORDER = ("first", "profile", "account", "network", "cluster", "root_secret")


@pytest.mark.parametrize(
    ("path", "value", "gone", "new"),
    [
        ("network.vpc_id", "vpc-1", [], ["    network:", "      vpc_id: vpc-1"]),
        ("first", {"a": ["b"]}, [], ["    first:", "      a:", "      - b"]),
        ("last", "x", [], ["    last: x"]),
        ("cluster.context", "1e3", [], ['        context: "1e3"']),
        (
            "cluster.kind",
            "kind",
            ["        kind: auto   # indented by four"],
            ["        kind: kind   # indented by four"],
        ),
        ("nothing.at_all", "v", [], ["      at_all: v"]),
        ("hosts", ["x"], ["    - a", '    - "b"'], ["    - x"]),
        ("certificate", "x", ["    certificate: |", "      ---", "      abc"], ["    certificate: x"]),
        (
            "account.id",
            "444455556666",
            ['    account: {kind: aws,  id: "111122223333", region: eu-central-1}'],
            ['    account: {kind: aws,  id: "444455556666", region: eu-central-1}'],
        ),
        (
            "account.tags.team",
            "12",
            ['    account: {kind: aws,  id: "111122223333", region: eu-central-1}'],
            ['    account: {kind: aws,  id: "111122223333", region: eu-central-1, tags: {team: "12"}}'],
        ),
        (
            "root_secret",
            {"kind": "config"},
            ["      kind: machine"],
            ["      kind: config"],
        ),
    ],
)
def test_only_the_lines_of_the_value_change(path: str, value: Any, gone: list[str], new: list[str]) -> None:
    keys = ("config", "groundwork:environment", *path.split("."))
    changed = put(TEXT, keys, value, ORDER)
    lines = [line for line in difflib.ndiff(TEXT.splitlines(), changed.splitlines()) if line[0] in "+-"]
    assert [line[2:] for line in lines if line[0] == "-"] == gone
    assert [line[2:] for line in lines if line[0] == "+"] == new
    here = yaml.load(changed, Loader)  # noqa: S506 - a safe loader
    for key in keys:
        here = here[key]
    assert here == value


def test_a_new_key_stands_behind_those_before_it_and_above_the_next_one_s_comment() -> None:
    lines = put(TEXT, ("config", "groundwork:environment", "network", "vpc_id"), "vpc-1", ORDER).splitlines()
    assert lines[lines.index("    network:") - 1].startswith("    account:")
    lines = put(TEXT, ("config", "groundwork:environment", "cluster", "context"), "x", ORDER).splitlines()
    assert lines[lines.index("    # the secret's own comment") + 1] == "    root_secret:"


@pytest.mark.parametrize(
    "text", ["111122223333", "on", "1e3", "0o17", "2026-01-01", "~", "", "null", "- x", "a: b", "#"]
)
def test_text_stays_text(text: str) -> None:
    written = put("a: b\n", ("a",), text)
    assert yaml.load(written, Loader) == {"a": text}  # noqa: S506 - a safe loader
    assert yaml.safe_load(written) == {"a": text}


def test_long_text_is_not_folded() -> None:
    text = "Zm9v" * 500 + " and more words" * 20
    assert len(put("a: b\n", ("c",), text).splitlines()) == 2
