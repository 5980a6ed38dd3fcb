"""The mark that an environment leaves in its cluster: whose it is, and which engine installed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.engines.cluster import ApiError, Cluster
from infra.engines.manifests import OWNER_NAME
from infra.errors import UserError

RECORD_NAME = "groundwork-environment"


@dataclass(frozen=True)
class Record:
    """What the cluster says of the environment in it."""

    environment: str
    engine: str


def system_namespace(prefix: str) -> str:
    """Where an environment keeps what belongs to no capability."""
    return f"{prefix}-system"


def read_record(cluster: Cluster, namespace: str) -> Record | None:
    """The mark in this cluster, None where nothing is installed. Helm's is known by Helm's own annotations."""
    live = cluster.read(cluster.address("v1", "configmaps", namespace, RECORD_NAME))
    if live is None:
        return None
    engine = "helm" if OWNER_NAME in (live["metadata"].get("annotations") or {}) else "pulumi"
    return Record((live.get("data") or {}).get("environment", ""), engine)


def check_record(record: Record | None, environment: str, engine: str, where: str) -> None:
    """Refuses a cluster in which another environment, or this one by the other engine, stands."""
    if record is None:
        return
    if record.environment != environment:
        raise UserError(
            f"{where} holds the environment {record.environment!r} under the same namespaces; nothing was changed.\n"
            f"Give {environment} a namespace_prefix of its own in its stack file, or use another cluster."
        )
    if record.engine != engine:
        raise UserError(
            f"{environment} was installed by the {record.engine} engine, and the {engine} engine knows nothing of its "
            f"state; nothing was changed.\nUse --engine {record.engine}, or destroy it first: "
            f"groundwork destroy {environment} --engine {record.engine}"
        )


def refuse_moved(cluster: Cluster, environment: str, namespace: str) -> None:
    """Refuses to install an environment a second time, under other namespaces than the ones that it has."""
    try:
        marks = cluster.items("/api/v1/configmaps", fieldSelector=f"metadata.name={RECORD_NAME}")
    except ApiError:
        # Who may not look beyond its own namespaces can't be helped here.
        return
    for mark in marks:
        elsewhere = mark["metadata"]["namespace"]
        if elsewhere != namespace and (mark.get("data") or {}).get("environment") == environment:
            prefix = elsewhere.removesuffix("-system")
            raise UserError(
                f"{environment} is installed here under `namespace_prefix: {prefix}`, which can't be changed in place; "
                f"nothing was changed.\nSet it back to {prefix}, then `groundwork destroy {environment}` before "
                "another one."
            )


def is_record(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest is the mark."""
    return bool(manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"] == RECORD_NAME)
