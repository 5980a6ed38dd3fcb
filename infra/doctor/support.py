"""Versions and how long they are supported, as the catalog knows it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from infra.doctor.model import Check, Verdict
from infra.settings import Stack
from infra.settings.support import ending, outdated


def examine(stack: Stack, today: date | None = None) -> Iterator[Check]:
    """What is out of support, and what soon will be."""
    today = today or datetime.now(UTC).date()
    over = outdated(stack, today)
    for problem in over:
        yield Check("versions", problem.key, Verdict.PROBLEM, problem.message)
    for problem in ending(stack, today):
        if problem.key not in {one.key for one in over}:
            yield Check("versions", problem.key, Verdict.WARNING, problem.message)
