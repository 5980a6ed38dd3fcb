"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.graph import Graph, Resource

Found = Iterator[tuple[Resource, str]]
"""A resource, and what is wrong with it and how to put it right."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that one resource breaks."""

    rule: str
    type: str
    name: str
    urn: str
    message: str


@dataclass(frozen=True)
class Rule:
    """One rule over a graph. `check` yields the resources that break it."""

    name: str
    says: str
    """What holds where the rule is kept, as a sentence."""
    check: Callable[[Graph], Found]


def each(name: str, says: str, check: Callable[[Resource], Iterator[str]], *types: str) -> Rule:
    """A rule that looks at one resource of these types at a time, as a policy of a Pulumi engine does."""

    def over(graph: Graph) -> Found:
        for resource in graph:
            if resource.type in types:
                yield from ((resource, message) for message in check(resource))

    return Rule(name, says, over)
