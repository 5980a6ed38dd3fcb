"""The stack file as a run of the CLI reads it."""

import json
from pathlib import Path
from typing import Any

from infra.settings import Stack
from infra.settings.capabilities import ExistingCluster
from infra.settings.document import read
from infra.settings.stack import ENVIRONMENT


def private_copy(stack: Stack, directory: Path) -> Path:
    """A copy into which the CLI may write, so that a run never changes the stack file itself.

    Without secrets to decrypt, a salt is left out: it would be of another machine's passphrase. The cluster is the one
    of `stack`, which a command line may have chosen. JSON, which is YAML.
    """
    data = read(stack.path).data
    if not _holds_ciphertext(data):
        data.pop("encryptionsalt", None)
    _choose_cluster(data["config"][ENVIRONMENT], stack)
    copy = directory / stack.path.name
    draft = copy.with_suffix(".draft")
    draft.write_text(json.dumps(data))
    draft.replace(copy)
    return copy


def names_other_cluster(stack: Stack) -> bool:
    """Whether the stack file names a context, and the command line chose another cluster."""
    return bool(_choose_cluster(read(stack.path).data["config"][ENVIRONMENT], stack))


def _choose_cluster(environment: dict[str, Any], stack: Stack) -> bool:
    chosen = stack.settings.cluster
    named = (environment.get("cluster") or {}).get("context")
    if named is None or (isinstance(chosen, ExistingCluster) and chosen.context == named):
        return False
    environment["cluster"] = chosen.model_dump(mode="json")
    return True


def _holds_ciphertext(value: Any) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(map(_holds_ciphertext, value.values()))
    return isinstance(value, list) and any(map(_holds_ciphertext, value))
