"""A stack file as data, with the place of every key and value."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from infra.errors import UserError

KeyPath = tuple[str | int, ...]


class Place(NamedTuple):
    """Where something stands in a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with a stack file. It never holds the refused value."""

    place: Place
    key: str
    message: str


class StackError(UserError):
    """Everything that is wrong with one stack file, in the order of the file."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path = path
        self.problems = tuple(sorted(set(problems)))
        shown = shorten(path)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = [
            f"{shown}:{p.place.line}:{p.place.column}: {p.key}{': ' if p.key else ''}{p.message}" for p in self.problems
        ]
        super().__init__("\n".join([f"{count} in {shown}", *lines]))


@dataclass
class Document:
    """The data of one file. `keys` and `values` hold places by path; what has no place is not in the file."""

    path: Path
    data: Any = None
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: KeyPath) -> Place:
        """Where this key stands, or the nearest one above it that is in the file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.keys:
                return self.keys[path[:length]]
        return Place(1, 1)

    def value_place(self, path: KeyPath) -> Place:
        """Where this key's value stands, or the nearest key above it that is in the file."""
        return self.values.get(path) or self.place(path)


def shorten(path: Path) -> str:
    """The path as a person would type it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read(path: Path) -> Document:
    """Parses one file. Raises `StackError` where it is no YAML at all; other problems are in the document."""
    document = Document(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise StackError(path, [Problem(Place(line, 1), "", "this is not UTF-8 text")]) from None
    except OSError as error:
        raise UserError(f"{shorten(path)} can't be read: {error.strerror}") from None
    try:
        node = yaml.compose(text, Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise StackError(path, [Problem(place, "", f"this is not YAML: {reason}")]) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise StackError(path, [Problem(Place(line, 1), "", "this is not YAML: a control character")]) from None
    except RecursionError:
        raise StackError(path, [Problem(Place(1, 1), "", "this is nested too deeply")]) from None
    if node is not None:
        document.data = _Reader(document).read(node, ())
    return document


_ALIAS = "alias"
_UNREAD = {
    _ALIAS: "aliases (`*name`) are not read: write the value out",
    # Pulumi makes another text of it.
    "timestamp": "this is a date, which no setting takes: write it in quotes",
}


class Loader(yaml.SafeLoader):
    """Scalars as Pulumi reads them (YAML 1.2): `yes` and `on` are text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """An alias stays one, where it stands: expanding aliases of aliases could take for ever."""
        if not self.check_event(yaml.AliasEvent):
            return super().compose_node(parent, index)
        event = self.get_event()  # type: ignore[no-untyped-call]
        return yaml.ScalarNode(_ALIAS, "", event.start_mark, event.end_mark)


_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9_]*|0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+)$")
_FLOAT = re.compile(r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$")
_DATE = re.compile(r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}.*)?$")
for _tag, _pattern, _first in (
    ("null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    ("bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    ("int", _INTEGER, list("-+0123456789")),
    ("float", _FLOAT, list("-+.0123456789")),
    ("timestamp", _DATE, list("0123456789")),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, _first)


class _Reader:
    """Turns nodes into data, noting places and problems on the way."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        place = Place(node.start_mark.line + 1, node.start_mark.column + 1)
        self._document.values[path] = place
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self._item(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, place, path)

    def _items(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, Any]]:
        first: dict[str, Place] = {}
        for key_node, value_node in node.value:
            place = Place(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
                self._problem(place, path, "a key must be text: write it in quotes")
                continue
            key: str = key_node.value
            if key in first:
                self._problem(place, (*path, key), f"this key is already at line {first[key].line}")
                continue
            first[key] = self._document.keys[(*path, key)] = place
            yield key, self.read(value_node, (*path, key))

    def _item(self, node: yaml.Node, path: KeyPath) -> Any:
        self._document.keys[path] = Place(node.start_mark.line + 1, node.start_mark.column + 1)
        return self.read(node, path)

    def _scalar(self, node: yaml.Node, place: Place, path: KeyPath) -> Any:
        text: str = node.value
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        try:
            return _SCALARS[kind](text)
        except KeyError:
            self._problem(place, path, _UNREAD.get(kind, "tags (`!name`) are not read: write the value out"))
        except ValueError:
            self._problem(place, path, f"this is no {kind}")
        return None

    def _problem(self, place: Place, path: KeyPath, message: str) -> None:
        self._document.problems.append(Problem(place, dotted(path), message))


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    octal = re.fullmatch(r"([-+]?)0o?([0-7]+)", digits)
    return int(octal[1] + octal[2], 8) if octal else int(digits, 0)


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": _integer,
    "float": lambda text: float(text.lower().replace(".inf", "inf").replace(".nan", "nan")),
}


def dotted(path: KeyPath) -> str:
    """The path for a person: `groundwork:environment.object_storage.buckets[0].name`, without the leading `config`."""
    text = ""
    for part in path[1:] if path[:1] == ("config",) and len(path) > 1 else path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text
