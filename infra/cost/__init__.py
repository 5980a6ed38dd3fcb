"""What an environment costs a month: a plain function over its graph and a dated price table."""

from infra.cost.assumptions import ASSUMPTIONS, parse, refuse_idle
from infra.cost.estimate import estimate
from infra.cost.model import Estimate, Line, total

__all__ = ["ASSUMPTIONS", "Estimate", "Line", "estimate", "parse", "refuse_idle", "total"]
