"""The commands of `groundwork`, given as a person gives them, on settings of the test's own."""

import json
import os
import signal
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import settings
from infra.cli.app import run
from infra.engines import select

BASE: Mapping[str, Any] = {"cluster": {"kind": "simulated"}, "root_secret": {"kind": "machine"}}


def use_settings(patch: pytest.MonkeyPatch, folder: Path, changes: Mapping[str, Any], stack: str = "local") -> None:
    """From now on the commands read the stack's settings from here: the defaults, changed."""
    text = yaml.safe_dump({"config": {"groundwork:environment": {**BASE, **changes}}})
    (folder / f"Pulumi.{stack}.yaml").write_text(text)
    patch.setattr(select, "load", partial(settings.load, stacks_dir=folder))


def run_alone(folder: Path, changes: Mapping[str, Any], arguments: Sequence[str]) -> None:
    """One command, with which this process ends. Ctrl-C reaches it also where the tests run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.MonkeyPatch.context() as patch:
        use_settings(patch, folder, changes)
        os._exit(run(list(arguments)))


class Commands:
    """Runs commands in this process. What they print stays in `out` and `err`."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.out = ""
        self.err = ""

    def run(self, *arguments: str) -> int:
        self._capture.readouterr()
        code = run(list(arguments))
        self.out, self.err = self._capture.readouterr()
        return code

    def json(self, *arguments: str) -> Any:
        """What a command that must succeed prints for scripts."""
        assert self.run(*arguments, "--json") == 0, self.err
        return json.loads(self.out)

    def changed(self, *arguments: str) -> dict[str, str]:
        """What a command that must succeed says of every object that is not unchanged: title → action."""
        changes = self.json(*arguments)["changes"]
        return {
            f"{change['type'].rpartition(':')[2]} {change['name']}": change["action"]
            for change in changes
            if change["action"] != "unchanged"
        }
