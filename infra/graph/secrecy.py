"""Hiding and revealing the secrets among plain values."""

from collections.abc import Mapping
from typing import Any

from infra.graph.model import MASK, Secret


def secret(value: Any) -> Secret:
    """The value as one secret; secrets inside it are taken up into it."""
    return value if isinstance(value, Secret) else Secret(bare(value))


def bare(value: Any) -> Any:
    """The value with every secret in it revealed."""
    if isinstance(value, Secret):
        return bare(value.value)
    if isinstance(value, Mapping):
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [bare(item) for item in value]
    return value


def masked(value: Any) -> Any:
    """The value with `MASK` for every secret in it: a secret map or list is one mark."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def holds_secret(value: Any) -> bool:
    """Whether any part of the value is secret."""
    if isinstance(value, Secret):
        return True
    if isinstance(value, Mapping):
        return any(holds_secret(item) for item in value.values())
    return isinstance(value, list | tuple) and any(holds_secret(item) for item in value)
