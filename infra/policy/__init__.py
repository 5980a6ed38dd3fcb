"""Rules as plain functions over a graph: what must hold in every environment, whatever its settings."""

from collections.abc import Collection

from infra.graph import Graph
from infra.policy import data, exposure, iam, kubernetes, ownership
from infra.policy.model import Rule, Violation

__all__ = ["RULES", "Rule", "Violation", "check"]

RULES: tuple[Rule, ...] = (*iam.RULES, *data.RULES, *exposure.RULES, *ownership.RULES, *kubernetes.RULES)


def check(graph: Graph, *, without: Collection[str] = ()) -> list[Violation]:
    """Every rule that a resource breaks, but for the rules named in `without`."""
    return [
        Violation(rule.name, resource.type, resource.name, resource.urn, message)
        for rule in RULES
        if rule.name not in without
        for resource, message in rule.check(graph)
    ]
