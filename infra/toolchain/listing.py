"""Which tools are at hand."""

from dataclasses import dataclass
from pathlib import Path

from infra.toolchain.finding import find, refused_on_path, version_of, wanted_version
from infra.toolchain.versions import TOOLS


@dataclass(frozen=True, slots=True)
class Row:
    """One tool: the version that would be got, and the one that is there."""

    name: str
    purpose: str
    wanted: str
    version: str | None
    path: Path | None
    why_missing: str | None

    def to_json(self) -> dict[str, str | None]:
        return {
            "name": self.name,
            "purpose": self.purpose,
            "wanted": self.wanted,
            "version": self.version,
            "path": str(self.path) if self.path else None,
            "whyMissing": self.why_missing,
        }


def listing() -> list[Row]:
    """Every tool, in the order in which they are built."""
    rows = []
    for tool in TOOLS.values():
        path = find(tool)
        version = version_of(path, tool.version_arguments) if path else None
        rows.append(
            Row(
                name=tool.name,
                purpose=tool.purpose,
                wanted=wanted_version(tool),
                version=".".join(map(str, version)) if version else None,
                path=path,
                why_missing=None if path else refused_on_path(tool),
            )
        )
    return rows
