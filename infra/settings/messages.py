"""Pydantic's errors in words for a person, with the user's own key paths. No message ever shows the refused value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from infra.settings.base import Form
from infra.settings.shape import Loc, at, kinds, locate
from infra.settings.words import nearest, suggestion


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, at a key path below `groundwork:environment`."""

    path: Loc
    message: str
    repair: Any = None
    """What the validation of the rest assumes instead; nothing: the key is left out."""


def findings(model: type[BaseModel], detail: ErrorDetails, data: Any) -> list[Finding]:
    """What one pydantic error says about the data that was validated."""
    if detail["type"] == "rules":
        return [Finding(tuple(path), message) for path, message in detail["ctx"]["findings"]]
    path, here = locate(model, detail["loc"])
    owner = locate(model, detail["loc"][:-1])[1]
    if detail["type"].startswith("union_tag") or (detail["type"] in _NO_MAPPING and kinds(here)):
        return [_kind(path, at(data, path), list(kinds(here)))]
    if detail["type"] == "literal_error" and path[-1] == "kind":
        return [_kind(path[:-1], at(data, path[:-1]), list(kinds(owner)))]
    wanted = _WANTED.get(detail["type"])
    if wanted:
        return [Finding(path, _mistyped(wanted, at(data, path), _form(owner, path)))]
    if detail["type"] == "too_short" and _has_enough(at(data, path), detail["ctx"]["min_length"]):
        return []
    say = _SAYINGS.get(detail["type"])
    return [Finding(path, say(path, owner, detail.get("ctx", {})) if say else detail["msg"])]


def _has_enough(value: Any, least: int) -> bool:
    """Pydantic leaves wrong items out before it counts; each of them is a finding of its own."""
    return isinstance(value, list | tuple) and len(value) >= least


_Say = Callable[[Loc, Any, Mapping[str, Any]], str]
_SAYINGS: dict[str, _Say] = {
    "extra_forbidden": lambda path, owner, _: f"is not a key here; {suggestion(str(path[-1]), _keys(owner))}",
    "missing": lambda path, owner, _: f"is missing: {_description(owner, path)}",
    "literal_error": lambda _p, _o, context: f"must be one of {context['expected']}".replace("'", "`"),
    "greater_than_equal": lambda _p, _o, context: f"must be at least {context['ge']}",
    "less_than_equal": lambda _p, _o, context: f"must be at most {context['le']}",
    "too_short": lambda _p, _o, context: f"must have at least {context['min_length']} item",
}
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "mapping_type": "a mapping",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_NO_MAPPING = ("model_type", "model_attributes_type")


def _mistyped(wanted: str, value: Any, form: Form | None) -> str:
    if form:
        return f"must be {form.wanted}; not {named(value)}"
    hint = ""
    if wanted == "text" and isinstance(value, bool | int | float):
        hint = ": write it in quotes"
    if wanted == "a whole number" and isinstance(value, str):
        hint = ": write it without quotes"
    return f"must be {wanted}, not {named(value)}{hint}"


def _form(owner: Any, path: Loc) -> Form | None:
    field = owner.model_fields.get(str(path[-1])) if _keys(owner) and path else None
    return next((m for m in field.metadata if isinstance(m, Form)), None) if field else None


def _kind(path: Loc, value: Any, known: list[str]) -> Finding:
    choice = ", ".join(known)
    if not isinstance(value, Mapping):
        return Finding(path, f"must be a mapping with a `kind` ({choice}), not {named(value)}")
    kind = value.get("kind")
    if kind is None:
        return Finding((*path, "kind"), f"is missing; kinds: {choice}")
    near = nearest(kind, known) if isinstance(kind, str) else None
    hint = f"did you mean `{near}`? " if near else ""
    return Finding((*path, "kind"), f"is no kind of {path[-1]}; {hint}kinds: {choice}", repair=near)


def _keys(owner: Any) -> list[str]:
    return list(owner.model_fields) if isinstance(owner, type) and issubclass(owner, BaseModel) else []


def _description(owner: Any, path: Loc) -> str:
    text = (owner.model_fields[str(path[-1])].description or "").partition(". ")[0].rstrip(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def named(value: Any) -> str:
    """What a value is, without showing it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int():
            return "a number"
        case float():
            return "a fraction"
        case str():
            return "text"
        case Mapping():
            return "a mapping"
    return "a list"
