"""Kubernetes manifests as YAML, the same to the byte in every run, read alike by YAML 1.1 and 1.2 parsers."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

# Plain text that some parser of Kubernetes' world takes for a number: 1e3, 0o17, 1_000.
_NUMBERLIKE = re.compile(r"[-+]?\.?[0-9][0-9_.eE+-]*|[-+]?0[box][0-9a-fA-F_]+", re.IGNORECASE)
_FIRST = {"apiVersion": 0, "kind": 1, "metadata": 2, "name": 3, "namespace": 4}


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    if "\n" in text:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    style = "'" if _NUMBERLIKE.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(manifest: Mapping[str, Any]) -> str:
    """One document: who it is first, then the rest by name."""
    return yaml.dump(_ordered(manifest), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (_FIRST.get(key, len(_FIRST)), key))
        return {key: _ordered(value[key]) for key in keys}
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else value
