"""One environment's data as settings, or everything that is wrong with it."""

import copy
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from infra.settings.environment import EnvironmentSettings
from infra.settings.messages import Finding, findings, named
from infra.settings.profiles import fill
from infra.settings.rules_names import broken_name_rules
from infra.settings.shape import at, has

_ROUNDS = 4


class Invalid(Exception):
    """The data is no environment."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, f.path))}: {f.message}" for f in findings))
        self.findings = findings


def validate(data: Any, stack: str = "stack") -> EnvironmentSettings:
    """The settings of a stack of this name, or `Invalid` with all findings at once.

    A bad value hides what only shows once it is right (the keys of an unknown kind, the rules across capabilities), so
    findings are repaired for the sake of argument and the rest is looked at again.
    """
    found: list[Finding] = []
    for _ in range(_ROUNDS):
        settings, new = _once(data)
        if settings:
            found += [Finding(path, message) for path, message in broken_name_rules(stack, settings)]
            if not found:
                return settings
            break
        found += [f for f in new if not found or has(data, f.path)]
        data = _repaired(data, new)
    raise Invalid(_without_echoes(found))


def _once(data: Any) -> tuple[EnvironmentSettings | None, list[Finding]]:
    if not isinstance(data, Mapping):
        what = "is empty" if data is None else f"is {named(data)}"
        return None, [Finding((), f"{what}; must be a mapping, at least `profile: small`")]
    try:
        return EnvironmentSettings.model_validate(data), []
    except ValidationError as error:
        filled = fill(data)
        details = error.errors(include_url=False, include_input=False)
        return None, [f for detail in details for f in findings(EnvironmentSettings, detail, filled)]


def _repaired(data: Any, found: list[Finding]) -> Any:
    """The data with every finding's value replaced by its repair, or left out for the profile to fill in."""
    if not isinstance(data, Mapping):
        return {}
    repaired = copy.deepcopy(dict(data))
    for finding in sorted(found, key=lambda f: len(f.path), reverse=True):
        _repair(repaired, finding)
    return repaired


def _repair(data: dict[str, Any], finding: Finding) -> None:
    path = finding.path
    if finding.repair is None and (path[-1] == "kind" or not has(data, path)):
        # A capability of an unknown kind, or one that misses a key: only as a whole can the profile stand in for it.
        path = path[:1]
    owner = at(data, path[:-1])
    if isinstance(owner, dict) and finding.repair is not None:
        owner[path[-1]] = finding.repair
    elif isinstance(owner, dict):
        owner.pop(path[-1], None)
    elif isinstance(owner, list):
        # Later items must keep their index, so the whole list goes.
        _repair(data, Finding(path[:-1], ""))


def _without_echoes(found: list[Finding]) -> list[Finding]:
    """Leaves out what only follows from another finding: keys missing because misspelled, keys of an unknown kind,
    lists too short because of a wrong item."""
    meant = {(*f.path[:-1], f.message.split("`")[1]) for f in found if "did you mean `" in f.message}
    unknown = {f.path[:-1] for f in found if f.path[-1:] == ("kind",) and f.repair is None}
    kept = [
        f
        for f in found
        if not (f.message.startswith("is missing") and f.path in meant)
        and not (f.message.startswith("must have at least") and any(f.path in _above(g.path) for g in found))
        and not (f.path[-1:] != ("kind",) and any(f.path[: len(p)] == p for p in unknown))
    ]
    return list(dict.fromkeys(kept))


def _above(path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    return [path[:length] for length in range(len(path))]
