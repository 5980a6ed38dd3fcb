"""Changes to a stack file that leave every other line as it is.

A round trip through a YAML library keeps comments, but moves them to other keys and lays the file out anew. Here the
parser's own marks say where a value stands, and only that place changes.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from infra.settings.document import Loader

_INDENT = 2


class Dumper(yaml.SafeDumper):
    """Text that looks like a number in double quotes, text of several lines as a block, as people write them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if _reads_otherwise(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _text)


def _reads_otherwise(text: str) -> bool:
    """Whether the text without quotes would be something else than a text: stack files are YAML 1.2."""
    tag: str = Loader("").resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag != "tag:yaml.org,2002:str"


def put(text: str, path: Sequence[str], value: Any, order: Sequence[str] = ()) -> str:
    """The YAML text with this value at this key path, made where it is missing.

    A new key comes behind the last of those that precede it in `order`, else at the end of its mapping.
    """
    root = yaml.compose(text, Loader)
    if not isinstance(root, yaml.MappingNode):
        raise TypeError("the file is no mapping")
    node, depth = root, 0
    while (pair := _pair(node, path[depth])) and depth < len(path) - 1:
        below = pair[1]
        if not isinstance(below, yaml.MappingNode) or not below.value:
            break
        node, depth = below, depth + 1
    for key in reversed(path[depth + 1 :]):
        value = {key: value}
    if pair:
        return _replaced(text, node, pair, value)
    return _inserted(text, node, path[depth], value, order)


_Pair = tuple[yaml.Node, yaml.Node]


def _pair(node: yaml.MappingNode, key: str) -> _Pair | None:
    return next((pair for pair in node.value if pair[0].value == key), None)


def _replaced(text: str, owner: yaml.MappingNode, pair: _Pair, value: Any) -> str:
    key, old = pair
    empty = old.start_mark.index == old.end_mark.index
    in_place = isinstance(old, yaml.ScalarNode) and not empty and not isinstance(value, dict | list)
    if owner.flow_style or in_place:
        return text[: old.start_mark.index] + _flow(value) + text[_end(text, old) :]
    start, end = key.start_mark.index, _end(text, old)
    return text[:start] + _block(key.value, value, key.start_mark.column) + text[end:]


def _inserted(text: str, node: yaml.MappingNode, key: str, value: Any, order: Sequence[str]) -> str:
    before = node.value
    if key in order:
        before = [pair for pair in node.value if pair[0].value in order[: order.index(key)]]
    if node.flow_style:
        at = _end(text, before[-1][1]) if before else node.start_mark.index + 1
        pair = f"{_flow(key)}: {_flow(value)}"
        lone = not node.value
        return text[:at] + (pair if lone else f", {pair}" if before else f"{pair}, ") + text[at:]
    column: int = node.value[0][0].start_mark.column
    if before:
        at = _line_end(text, _end(text, before[-1][1]))
        lead = "\n" + " " * column
        return text[:at] + lead + _block(key, value, column) + text[at:]
    at = node.value[0][0].start_mark.index
    return text[:at] + _block(key, value, column) + "\n" + " " * column + text[at:]


def _end(text: str, node: yaml.Node) -> int:
    """Where the last character of a value is; a block collection's own mark stands before the next key."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    start, end = node.start_mark.index, node.end_mark.index
    # A block text's mark stands behind its line ends.
    return start + len(text[start:end].rstrip())


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _flow(value: Any) -> str:
    text = yaml.dump([value], Dumper=Dumper, default_flow_style=True, width=float("inf"), allow_unicode=True)
    return text.rstrip("\n")[1:-1]


def _block(key: str, value: Any, column: int) -> str:
    """`key: value` as lines, all but the first indented."""
    text = yaml.dump(
        {key: value}, Dumper=Dumper, sort_keys=False, indent=_INDENT, width=float("inf"), allow_unicode=True
    )
    return text.rstrip("\n").replace("\n", "\n" + " " * column)
