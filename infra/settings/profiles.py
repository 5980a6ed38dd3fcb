"""What `small`, `medium` and `large` stand for."""

from collections.abc import Mapping
from typing import Any

_SMALL: dict[str, Any] = {
    "object_storage": {"kind": "versity", "volume": "20Gi", "resources": {"cpu": "100m", "memory": "256Mi"}},
    "registry": {"kind": "distribution", "replicas": 1, "resources": {"cpu": "50m", "memory": "256Mi"}},
    "database": {
        "kind": "postgresql",
        "volume": "10Gi",
        "backups": {"keep": 7},
        "resources": {"cpu": "100m", "memory": "512Mi"},
    },
    "tracking": {"kind": "mlflow", "replicas": 1, "resources": {"cpu": "200m", "memory": "1536Mi"}},
}
_MEDIUM: dict[str, Any] = {
    "object_storage": {
        "volume": "200Gi",
        "metrics_exporter": True,
        "resources": {"cpu": "500m", "memory": "1Gi", "cpu_limit": "2"},
    },
    "registry": {"replicas": 2, "resources": {"cpu": "100m", "memory": "512Mi"}},
    "database": {
        "volume": "50Gi",
        "backups": {"keep": 14},
        "resources": {"cpu": "500m", "memory": "2Gi", "cpu_limit": "2"},
    },
    "tracking": {"replicas": 2, "scratch": "8Gi", "resources": {"cpu": "500m", "memory": "3Gi", "cpu_limit": "2"}},
}
_LARGE: dict[str, Any] = {
    "object_storage": {
        "volume": "2Ti",
        "metrics_exporter": True,
        "resources": {"cpu": "2", "memory": "4Gi", "cpu_limit": "4"},
    },
    "registry": {"replicas": 3, "resources": {"cpu": "250m", "memory": "1Gi", "cpu_limit": "2"}},
    "database": {
        "volume": "500Gi",
        "backups": {"keep": 30},
        "resources": {"cpu": "2", "memory": "8Gi", "cpu_limit": "4"},
    },
    "tracking": {"replicas": 3, "scratch": "16Gi", "resources": {"cpu": "1", "memory": "4Gi", "cpu_limit": "4"}},
}


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping) and _same_kind(below, value):
            merged[key] = _merge(below, value)
        else:
            merged[key] = value
    return merged


def _same_kind(low: Mapping[str, Any], high: Mapping[str, Any]) -> bool:
    return "kind" not in high or high["kind"] == low.get("kind")


PROFILES: dict[str, dict[str, Any]] = {
    "small": _SMALL,
    "medium": _merge(_SMALL, _MEDIUM),
    "large": _merge(_SMALL, _LARGE),
}


def _s3(versions: int, logs: int) -> dict[str, Any]:
    """Days for which versions and access logs are kept."""
    cooling = {"move_after": 30, "move_to": "intelligent-tiering", "keep_versions": versions}
    lifecycle = {
        "artifacts": cooling,
        "data": cooling,
        "logs": {"expire_after": logs, "keep_versions": 7},
        "backups": {"keep_versions": versions},
        # Named by their digest, so nothing is ever overwritten.
        "registry": {"keep_versions": 7},
    }
    return {"lifecycle": lifecycle}


def _rds(instance_class: str, storage: int, backup_days: int, log_days: int, *, multi_az: bool) -> dict[str, Any]:
    """GiB that it starts with, and may grow to five times as much."""
    return {
        "instance_class": instance_class,
        "multi_az": multi_az,
        "storage": storage,
        "storage_limit": 5 * storage,
        "backup_days": backup_days,
        "log_days": log_days,
    }


KINDS: dict[str, dict[str, dict[str, dict[str, Any]]]] = {
    "small": {
        "cluster": {"eks": {"log_retention": 30}},
        "network": {"vpc": {"nat": "single", "flow_log_retention": 30}},
        "database": {"rds": _rds("db.t4g.small", 20, 7, 30, multi_az=False)},
        "object_storage": {"s3": _s3(versions=7, logs=30)},
    },
    "medium": {
        "cluster": {"eks": {"log_retention": 90}},
        "network": {"vpc": {"nat": "per_zone", "flow_log_retention": 90}},
        "database": {"rds": _rds("db.m7g.large", 50, 14, 90, multi_az=True)},
        "object_storage": {"s3": _s3(versions=30, logs=90)},
    },
    "large": {
        "cluster": {"eks": {"log_retention": 365}},
        "network": {"vpc": {"nat": "per_zone", "flow_log_retention": 365}},
        "database": {"rds": _rds("db.r7g.xlarge", 500, 30, 365, multi_az=True)},
        "object_storage": {"s3": _s3(versions=90, logs=365)},
    },
}
"""By profile, capability and kind: what a profile brings to a kind that is not its usual one."""


def fill(data: Any) -> Any:
    """The data with the profile's values below its own. Anything else is left as it is."""
    if not isinstance(data, Mapping):
        return data
    named = data.get("profile", "small")
    # An unknown profile is an error of its own, and should not look like twenty missing keys on top.
    profile = named if isinstance(named, str) and named in PROFILES else "small"
    return _merge({**PROFILES[profile], **_of_kinds(profile, data)}, data)


def _of_kinds(profile: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the profile brings to the kinds that the data names."""
    brought = {}
    for capability, by_kind in KINDS[profile].items():
        given = data.get(capability)
        kind = given.get("kind") if isinstance(given, Mapping) else None
        if isinstance(kind, str) and kind in by_kind:
            brought[capability] = {"kind": kind, **by_kind[kind]}
    return brought
