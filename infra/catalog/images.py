"""Container images, in pinned versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("catalog.yaml")


@dataclass(frozen=True, kw_only=True)
class Image:
    """One container image and what must be known of it before a version is raised."""

    name: str
    image: str
    """Repository and tag."""
    version: str
    """Upstream's version, without what the tag adds."""
    licence: str
    """SPDX identifier."""
    source: str
    """Where releases are announced."""
    digest: str | None = None
    """`sha256:…`; pins the image to the byte."""
    supported_until: date | None = None
    """Last day of upstream's own support; none where only the newest release is supported."""
    compatible: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other images' release lines (`17`, `1.8`) with which the tests play this one through."""

    @property
    def reference(self) -> str:
        """What pods name."""
        return f"{self.image}@{self.digest}" if self.digest else self.image


def image(name: str) -> str:
    """The exact reference that pods name, by the image's name in the catalog."""
    return images()[name].reference


@cache
def images() -> Mapping[str, Image]:
    """Every image by its name."""
    import yaml

    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["images"]
    return {name: _image(name, **entry) for name, entry in entries.items()}


def conflicts(pinned: Mapping[str, Image]) -> list[str]:
    """Pairs of pinned versions that nobody has played through together, in words."""
    return [
        f"{one.name} {one.version} is played through with {other} {', '.join(lines)}, not {pinned[other].version}"
        for one in pinned.values()
        for other, lines in one.compatible.items()
        if not any(f"{pinned[other].version}.".startswith(f"{line}.") for line in lines)
    ]


def _image(name: str, *, compatible: Mapping[str, list[str]] | None = None, **entry: Any) -> Image:
    return Image(name=name, compatible={other: tuple(lines) for other, lines in (compatible or {}).items()}, **entry)
