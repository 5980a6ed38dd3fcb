"""Everything offline is a plain function over one `Graph`.

What needs Pulumi is imported when it is called, so that the types cost nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from infra.graph.model import MASK, Graph, Resource, Secret

if TYPE_CHECKING:
    from infra.engines.base import Change
    from infra.settings import RootSecret, Stack

__all__ = ["MASK", "Graph", "Resource", "Secret", "capture", "capture_environment", "diff"]


def capture(stack: str, program: Callable[[], object]) -> Graph:
    """Everything that a Pulumi program declares, with simulated outputs; see `infra.graph.recorder.capture`."""
    with _no_collections():
        from infra.graph import recorder

        return recorder.capture(stack, program)


def capture_environment(stack: Stack, secrets: RootSecret) -> Graph:
    """The graph of one environment, from its settings."""
    with _no_collections():
        from infra.build import build

    return capture(stack.name, lambda: build(stack.name, stack.settings, secrets))


@contextmanager
def _no_collections() -> Iterator[None]:
    """The SDKs' classes and a program's resources all stay: to look for garbage among them is a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def diff(old: Graph, new: Graph) -> list[Change]:
    """What differs between two graphs; see `infra.graph.changes.diff`."""
    from infra.graph import changes

    return changes.diff(old, new)
