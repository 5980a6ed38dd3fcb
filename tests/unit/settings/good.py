"""Environments that are right, as the object under `groundwork:environment`."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from infra.settings import EnvironmentSettings
from infra.settings.reference import example
from infra.settings.shape import kinds


def complete(environment: Mapping[str, Any]) -> dict[str, Any]:
    """The environment, with examples of whatever its kinds can't do without."""
    whole = dict(environment)
    for key, value in environment.items():
        model = _kinds(key).get(value.get("kind", "")) if isinstance(value, Mapping) else None
        for need, names in getattr(model, "needs", {}).items():
            if need not in whole:
                whole = {**complete({need: example(_kinds(need)[names[0]])}), **whole}
    return whole


def _kinds(capability: str) -> Mapping[str, type[BaseModel]]:
    field = EnvironmentSettings.model_fields.get(capability)
    return kinds(field.annotation) if field else {}


MINIMAL: dict[str, Any] = {"profile": "small"}
EVERY_KIND: dict[str, dict[str, Any]] = {
    f"{capability}: {kind}": complete({capability: example(model)})
    for capability, field in EnvironmentSettings.model_fields.items()
    for kind, model in kinds(field.annotation).items()
}
"""One environment for every kind of every capability, with every key of the kind set: the examples of the reference."""

GOOD = {
    "minimal": MINIMAL,
    **EVERY_KIND,
    "all at once": {
        "profile": "large",
        "namespace_prefix": "ml",
        "storage_class": "fast-ssd",
        "credential_generations": {"tracking/admin": 3, "object-storage/datasets": 2},
        "metrics": {"scraped_from": "monitoring"},
        "object_storage": {
            "volume": "1Ti",
            "buckets": [{"name": "datasets"}, {"name": "features", "versioning": True}],
        },
        "tracking": {"hosts": ["mlflow.example.com"], "resources": {"cpu_limit": "8"}},
    },
}
