"""A chart whose single template emits the objects as they are: Helm renders nothing in them."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_TEMPLATE = """{{ range $path, $_ := .Files.Glob "objects/*.json" }}
---
{{ $.Files.Get $path }}
{{- end }}
"""


def write_chart(folder: Path, name: str, manifests: Sequence[Mapping[str, Any]]) -> Path:
    """Writes the chart into a folder of mode 0700, in place of what is there. It holds secrets in clear."""
    remove_chart(folder)
    folder.mkdir(mode=0o700, parents=True)
    (folder / "templates").mkdir()
    (folder / "objects").mkdir()
    (folder / "Chart.yaml").write_text(json.dumps({"apiVersion": "v2", "name": name, "version": "0.1.0"}))
    (folder / "templates" / "objects.yaml").write_text(_TEMPLATE)
    for number, manifest in enumerate(manifests):
        # On one line no text inside can look like the separator of two objects.
        (folder / "objects" / f"{number:05}.json").write_text(json.dumps(manifest))
    return folder


def remove_chart(folder: Path) -> None:
    """Removes a chart, also one that a killed run left."""
    shutil.rmtree(folder, ignore_errors=True)
