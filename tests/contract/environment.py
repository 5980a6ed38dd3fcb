"""An environment as its stack file declares it, ready to be started on this machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from infra.graph import capture_environment
from infra.graph.kubernetes import objects
from infra.settings import RootSecret, load, root_secret
from tests.contract.harness import Platform
from tests.contract.manifests import Manifest
from tests.scenario.endpoints import Endpoints

NAME = "contract"
OBJECT_STORAGE, REGISTRY, DATABASE, TRACKING = (
    f"mlops-{capability}" for capability in ("object-storage", "registry", "database", "tracking")
)


@dataclass(frozen=True)
class Declaration:
    """The objects of an environment and the secret behind its credentials."""

    manifests: Sequence[Manifest] = field(repr=False)
    secrets: RootSecret

    def endpoints(self, platform: Platform) -> Endpoints:
        """What a data scientist is given, through forwarded ports."""
        return Endpoints(
            tracking_url=f"http://{platform.forward(TRACKING, 'tracking', 80)}",
            tracking_user="groundwork",
            tracking_password=self.secrets.password("tracking/admin"),
            registry_url=f"http://{platform.forward(REGISTRY, 'registry', 5000)}",
            registry_user="push",
            registry_password=self.secrets.password("registry/push"),
            object_storage_url=f"http://{platform.forward(OBJECT_STORAGE, 'object-storage', 7070)}",
        )


class Environment:
    """A stack file and its machine's root secret, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._stacks = folder / "stacks"
        self._stacks.mkdir(parents=True)

    def declare(self, settings: Mapping[str, Any], images: Mapping[str, str] | None = None) -> Declaration:
        """The environment of these settings, with some images replaced."""
        content = {"config": {"groundwork:environment": {"profile": "small", **settings}}}
        (self._stacks / f"Pulumi.{NAME}.yaml").write_text(yaml.safe_dump(content))
        stack = load(NAME, stacks_dir=self._stacks)
        secrets = root_secret(stack, create=True)
        declared = objects(capture_environment(stack, secrets), show_secrets=True)
        return Declaration([_with_images(o.manifest, images or {}) for o in declared], secrets)


def _with_images(value: Any, images: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {
            key: images.get(item, item) if key == "image" else _with_images(item, images) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_images(item, images) for item in value]
    return value
