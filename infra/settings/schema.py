"""The JSON schema of a stack file, for editors: completion, hover texts and red lines while typing."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from infra.settings.environment import EnvironmentSettings
from infra.settings.names import SECRETS
from infra.settings.profiles import KINDS, PROFILES
from infra.settings.shape import kinds
from infra.settings.stack import ENVIRONMENT, NAMESPACE

_TEXT = {"type": "string"}
_PULUMIS: dict[str, Any] = {
    "secretsprovider": {**_TEXT, "description": "Pulumi's own: what encrypts this stack's secrets."},
    "encryptedkey": {**_TEXT, "description": "Pulumi's own: the data key, encrypted by the secrets provider."},
    "encryptionsalt": {**_TEXT, "description": "Pulumi's own: what the passphrase is salted and checked with."},
    "environment": {"description": "Pulumi's own: imported ESC environments."},
}


def stack_schema() -> dict[str, Any]:
    """The schema of `stacks/Pulumi.<stack>.yaml`. Keys that the profile fills in are not required."""
    environment = EnvironmentSettings.model_json_schema()
    definitions: dict[str, Any] = environment.pop("$defs")
    for capability, values in PROFILES["small"].items():
        _fill(environment, capability, values, definitions)
    for capability, by_kind in KINDS["small"].items():
        models = kinds(EnvironmentSettings.model_fields[capability].annotation)
        for kind, values in by_kind.items():
            _freed(definitions[models[kind].__name__], values, definitions)
    environment["required"] = [key for key in environment.get("required", []) if key not in PROFILES["small"]]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Groundwork stack file",
        "type": "object",
        "required": ["config"],
        "additionalProperties": False,
        "properties": {"config": _config(environment), **_PULUMIS},
        "$defs": definitions,
    }
    tidy: dict[str, Any] = _tidy(schema)
    return tidy


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


def _config(environment: dict[str, Any]) -> dict[str, Any]:
    secrets = {f"{NAMESPACE}:{name}": _secret(meaning) for name, meaning in SECRETS.items()}
    return {
        "type": "object",
        "description": "This environment's configuration. Namespaces other than `groundwork:` are Pulumi's.",
        "required": [ENVIRONMENT],
        "properties": {ENVIRONMENT: environment, **secrets},
        "patternProperties": {rf"^(?!{NAMESPACE}:)[^:]+:.+$": {}},
        "additionalProperties": False,
    }


def _secret(meaning: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"Encrypted: {meaning}",
        "required": ["secure"],
        "additionalProperties": False,
        "properties": {"secure": _TEXT},
    }


def _fill(schema: dict[str, Any], key: str, values: Mapping[str, Any], definitions: dict[str, Any]) -> None:
    """Frees the keys that the profile fills in, in the one kind of a capability that it fills in."""
    field = schema["properties"][key]
    references = field.pop("oneOf", None) or [{"$ref": field.pop("$ref")}]
    # Only an alternative by required `kind` is told apart; `oneOf` would count two matches where `kind` is left out.
    field.pop("discriminator", None)
    choices = []
    for reference in references:
        model = copy.deepcopy(definitions[reference["$ref"].rpartition("/")[2]])
        if model["properties"].get("kind", {}).get("const", values.get("kind")) == values.get("kind"):
            choices.append(_freed(model, values, definitions))
        else:
            choices.append(reference)
    if len(choices) == 1:
        schema["properties"][key] = {**choices[0], "description": field.get("description", choices[0]["description"])}
    else:
        field["anyOf"] = choices


def _freed(model: dict[str, Any], values: Mapping[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    model["required"] = [key for key in model.get("required", []) if key not in values]
    for key, value in values.items():
        if isinstance(value, Mapping):
            _fill(model, key, value, definitions)
    return model


def _tidy(node: Any) -> Any:
    """Without pydantic's made-up titles and without definitions that nothing refers to."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    names_keys = {"properties", "$defs"}
    tidy = {
        key: {name: _tidy(item) for name, item in value.items()} if key in names_keys else _tidy(value)
        for key, value in node.items()
        if not (key == "title" and "$schema" not in node) and not (key == "required" and value == [])
    }
    if "$defs" in tidy:
        text = json.dumps(tidy)
        tidy["$defs"] = {name: item for name, item in tidy["$defs"].items() if f'"#/$defs/{name}"' in text}
    return tidy
