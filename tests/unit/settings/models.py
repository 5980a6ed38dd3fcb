"""The models' tree, walked."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.settings.shape import kinds, plain


def every_field(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key that holds a value, by its path: `object_storage.buckets[].name`."""
    for name, field in model.model_fields.items():
        path, annotation = f"{prefix}{name}", plain(field.annotation)
        item, entry = _item(annotation), _entry(annotation)
        if by_kind := kinds(annotation):
            for member in by_kind.values():
                yield from every_field(member, f"{path}.")
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from every_field(annotation, f"{path}.")
        elif isinstance(item, type) and issubclass(item, BaseModel):
            yield from every_field(item, f"{path}[].")
        elif isinstance(entry, type) and issubclass(entry, BaseModel):
            yield from every_field(entry, f"{path}.NAME.")
        else:
            yield path, field


def every_model(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and all models below it."""
    yield model
    for field in model.model_fields.values():
        annotation = plain(field.annotation)
        item = _item(annotation) or _entry(annotation) or annotation
        below = [*kinds(annotation).values()] or (
            [item] if isinstance(item, type) and issubclass(item, BaseModel) else []
        )
        for member in below:
            yield from every_model(member)


def _item(annotation: Any) -> Any:
    return plain(get_args(annotation)[0]) if get_origin(annotation) is tuple else None


def _entry(annotation: Any) -> Any:
    return plain(get_args(annotation)[1]) if get_origin(annotation) is Mapping else None
