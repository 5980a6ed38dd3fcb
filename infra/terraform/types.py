"""What Terraform calls the resources of a graph, and which of their attributes can't change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("types.yaml")
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Kind:
    """One type of resource, on both sides."""

    terraform: str
    replaces: frozenset[str]
    """Attributes whose change makes a new resource; those in blocks with dots: `launch_template.id`."""
    ids: tuple[str, ...]
    """Templates of what Pulumi imports it by; none: it can't be imported."""

    def forces_new(self, path: str) -> bool:
        """Whether another value at this place makes a new resource. A whole block counts by what is in it."""
        return any(path == name or path.startswith(f"{name}.") or name.startswith(f"{path}.") for name in self.replaces)

    def import_id(self, attributes: Mapping[str, Any]) -> str | None:
        """What Pulumi imports the resource with these attributes by."""
        for template in self.ids:
            if all(attributes.get(name) for name in _PLACE.findall(template)):
                return _PLACE.sub(lambda match: str(attributes[match[1]]), template)
        return None


@cache
def known_kinds() -> Mapping[str, Kind]:
    """By Pulumi's type."""
    table = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        token: Kind(row["terraform"], frozenset(row.get("replaces", ())), tuple(row.get("ids", ("{id}",))))
        for token, row in table.items()
    }
