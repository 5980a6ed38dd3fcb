"""Grants as policies: merged, and split where AWS's limit asks for it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.iam.grants import Conditions, Grant, text

LIMIT = 6_144
"""Characters of a managed policy, white space aside (IAM user guide, "IAM and AWS STS quotas")."""
ATTACHED = 10
"""Managed policies that a role may have, unless AWS raises it."""
_ENVELOPE = len('{"Version":"2012-10-17","Statement":[]}')

Document = Mapping[str, Any]


def policies(grants: Iterable[Grant]) -> list[Document]:
    """As few policies as hold the grants."""
    filled: list[list[Mapping[str, Any]]] = []
    sizes: list[int] = []
    for statement in _statements(grants):
        # The comma between statements counts.
        size = _length(statement) + 1
        place = next((number for number, used in enumerate(sizes) if used + size <= LIMIT), None)
        if place is None:
            filled.append([])
            sizes.append(_ENVELOPE)
            place = len(filled) - 1
        filled[place].append(statement)
        sizes[place] += size
    return [{"Version": "2012-10-17", "Statement": statements} for statements in filled]


def _statements(grants: Iterable[Grant]) -> Iterator[Mapping[str, Any]]:
    """By service, and numbered within it."""
    numbers: dict[str, int] = {}
    for actions, resources, conditions in sorted(_merged(grants)):
        for chunk in _chunks(resources):
            service = "".join(part.capitalize() for part in re.split(r"\W", actions[0].partition(":")[0]))
            numbers[service] = numbers.get(service, 0) + 1
            statement: dict[str, Any] = {
                "Sid": f"{service}{numbers[service]}",
                "Effect": "Allow",
                "Action": _one_or_more(actions),
                "Resource": _one_or_more(chunk),
            }
            yield {**statement, "Condition": text(conditions)} if conditions else statement


def _merged(grants: Iterable[Grant]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Conditions]]:
    """First the actions on the same resources, then the resources of the same actions."""
    by_resources: dict[tuple[str, tuple[str, ...], Conditions], set[str]] = {}
    for grant in grants:
        for action in grant.actions:
            service = action.partition(":")[0]
            by_resources.setdefault((service, grant.resources, grant.conditions), set()).add(action)
    by_actions: dict[tuple[tuple[str, ...], Conditions], set[str]] = {}
    for (_, resources, conditions), actions in by_resources.items():
        by_actions.setdefault((tuple(sorted(actions)), conditions), set()).update(resources)
    for (together, conditions), arns in by_actions.items():
        yield together, tuple(sorted(arns)), conditions


def _chunks(resources: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """So many resources that a statement fits a policy, with room for its actions."""
    chunk: list[str] = []
    size = 0
    for resource in resources:
        if chunk and size + len(resource) + 3 > LIMIT // 2:
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(resource)
        size += len(resource) + 3
    yield tuple(chunk)


def _one_or_more(items: tuple[str, ...]) -> str | list[str]:
    return items[0] if len(items) == 1 else list(items)


def _length(statement: Mapping[str, Any]) -> int:
    return len(json.dumps(statement, separators=(",", ":")))
