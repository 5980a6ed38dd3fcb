"""What Helm keeps of a release in the cluster, and how an interrupted one is put right."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.engines.cluster import Cluster
from infra.engines.manifests import Ownership, key_of

_INTERRUPTED = frozenset({"pending-install", "pending-upgrade", "pending-rollback", "uninstalling", "unknown"})


@dataclass(frozen=True)
class Revision:
    """One revision of a release."""

    number: int
    status: str
    path: str
    content: Mapping[str, Any] = field(repr=False)

    @property
    def manifests(self) -> list[dict[str, Any]]:
        """Its objects, secrets in clear. Our chart emits each on a line of its own."""
        return [json.loads(line) for line in self.content["manifest"].splitlines() if line.startswith("{")]


class Releases:
    """The revisions of one release, oldest first."""

    def __init__(self, cluster: Cluster, ownership: Ownership) -> None:
        self._cluster = cluster
        secrets = cluster.items(
            cluster.address("v1", "secrets", ownership.namespace),
            labelSelector=f"owner=helm,name={ownership.release}",
        )
        found = (_revision(cluster.address("v1", "secrets", ownership.namespace), secret) for secret in secrets)
        self.revisions = sorted(found, key=lambda revision: revision.number)

    @property
    def healthy(self) -> bool:
        """Whether the last run reached its end."""
        return bool(self.revisions) and self.revisions[-1].status == "deployed"

    def deployed(self) -> list[dict[str, Any]]:
        """The objects of the last run that got as far as Helm."""
        return self.revisions[-1].manifests if self.revisions else []

    def installed(self) -> list[dict[str, Any]]:
        """Every object that may be in the cluster: those of all revisions kept, the newest form of each."""
        newest = {key_of(manifest): manifest for revision in self.revisions for manifest in revision.manifests}
        return list(newest.values())

    def settle(self) -> bool:
        """Marks revisions of killed runs as failed, from which Helm goes on. Nobody else may be at work."""
        interrupted = [revision for revision in self.revisions if revision.status in _INTERRUPTED]
        for revision in interrupted:
            info = {**revision.content["info"], "status": "failed", "description": "interrupted"}
            text = json.dumps({**revision.content, "info": info}).encode()
            release = base64.b64encode(base64.b64encode(gzip.compress(text))).decode()
            self._cluster.merge(
                revision.path, {"metadata": {"labels": {"status": "failed"}}, "data": {"release": release}}
            )
        return bool(interrupted)


def _revision(collection: str, secret: Mapping[str, Any]) -> Revision:
    metadata = secret["metadata"]
    content = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    return Revision(
        number=int(metadata["labels"]["version"]),
        status=metadata["labels"]["status"],
        path=f"{collection}/{metadata['name']}",
        content=content,
    )
