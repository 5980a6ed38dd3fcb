"""The models' tree: which model, and which of its kinds, stands behind a key path."""

import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel

Loc = tuple[str | int, ...]
_UNIONS = (typing.Union, types.UnionType)


def kind_of(model: type[BaseModel]) -> str | None:
    """The one value of a model's `kind`, where it has one."""
    field = model.model_fields.get("kind")
    return str(get_args(field.annotation)[0]) if field else None


def plain(annotation: Any) -> Any:
    """The type without what `Annotated` adds, and without the `None` of what may be left out."""
    while get_origin(annotation) is typing.Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in _UNIONS and types.NoneType in get_args(annotation):
        rest = tuple(member for member in get_args(annotation) if member is not types.NoneType)
        return plain(typing.Union[rest])  # noqa: UP007 - of members only known here
    return annotation


def kinds(annotation: Any) -> dict[str, type[BaseModel]]:
    """The models of a capability by kind; empty for anything that has none."""
    annotation = plain(annotation)
    members = get_args(annotation) if get_origin(annotation) in _UNIONS else (annotation,)
    models = [member for member in map(plain, members) if isinstance(member, type) and issubclass(member, BaseModel)]
    return {kind: model for model in models if (kind := kind_of(model)) is not None}


def child(annotation: Any, key: str | int) -> Any:
    """The type behind one key of a model, list or mapping."""
    annotation = plain(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(key))
        return field.annotation if field else Any
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return arguments[0]
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return arguments[1]
    return Any


def locate(model: type[BaseModel], loc: Loc) -> tuple[Loc, Any]:
    """A pydantic location as the user's key path, free of the kinds that pydantic puts into it; and the type there."""
    here: Any = model
    path: Loc = ()
    for part in loc:
        by_kind = kinds(here)
        if len(by_kind) > 1 and part in by_kind:
            here = by_kind[str(part)]
        elif part != "[key]":
            path, here = (*path, part), plain(child(here, part))
    return path, here


def at(data: Any, path: Loc) -> Any:
    """The value at a key path; nothing where there is none."""
    for part in path:
        if not _holds(data, part):
            return None
        data = data[part]
    return data


def value_at(settings: BaseModel, key: str) -> Any:
    """The value of a key of valid settings, named as `network.vpc_id`; nothing where there is none."""
    here: Any = settings
    for part in key.split("."):
        here = here.get(part) if isinstance(here, Mapping) else getattr(here, part, None)
    return here


def has(data: Any, path: Loc) -> bool:
    """Whether the data has this key path."""
    return not path or (has(data, path[:-1]) and _holds(at(data, path[:-1]), path[-1]))


def _holds(data: Any, part: str | int) -> bool:
    if isinstance(data, Mapping):
        return part in data
    return isinstance(part, int) and isinstance(data, Sequence) and not isinstance(data, str) and part < len(data)
