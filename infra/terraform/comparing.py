"""One resource on two sides: the inputs that a graph gives it, and the attributes that a state has of it.

Pulumi writes `vpcConfig: {subnetIds: […]}` where Terraform writes `vpc_config: [{subnet_ids: […]}]`: names in another
case, lists in the plural, blocks that may stand once without their list.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.graph.model import Secret

Translate = Callable[[str], str | None]
"""From a text in the graph to the real one; nothing where it stands for something that isn't known yet."""


@dataclass(frozen=True)
class Comparison:
    """One value of the graph beside the state's."""

    path: str
    """Terraform's: `vpc_config.subnet_ids`."""
    given: Any = field(repr=False)
    there: Any = field(repr=False)
    same: bool | None
    """Nothing: it can't be known yet."""


def compare(
    inputs: Mapping[str, Any], attributes: Mapping[str, Any], translate: Translate, path: str = ""
) -> Iterator[Comparison]:
    """Every input beside its attribute. What no input says is the provider's choice, and no difference."""
    for key, given in inputs.items():
        name = attribute_name(key, attributes)
        if given is None or key.startswith("__"):
            continue
        if name is None:
            yield Comparison(f"{path}{snake(key)}", given, None, False)
        else:
            yield from _values(given, attributes[name], translate, f"{path}{name}")


def attribute_name(key: str, attributes: Mapping[str, Any]) -> str | None:
    """What Terraform calls an input, among the names that a resource or block has."""
    plain = snake(key)
    singular = [re.sub("ies$", "y", plain), re.sub("s$", "", plain), re.sub("es$", "", plain)]
    return next((name for name in (key, plain, *singular) if name in attributes), None)


def snake(key: str) -> str:
    """`vpcConfig` as `vpc_config`."""
    return re.sub("(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()


def _values(given: Any, there: Any, translate: Translate, path: str) -> Iterator[Comparison]:
    if isinstance(given, Secret):
        return
    if isinstance(given, Mapping):
        block = there[0] if isinstance(there, list) and len(there) == 1 else there
        if isinstance(block, Mapping) and any(attribute_name(key, block) for key in given):
            yield from compare(given, block, translate, f"{path}.")
            # A map of free keys, such as tags, is the same only as a whole.
            if block is there and (more := {key for key, item in block.items() if item} - given.keys() - _names(given)):
                yield Comparison(path, given, {key: block[key] for key in sorted(more)}, False)
        else:
            yield Comparison(path, given, there, not given and not there)
    elif isinstance(given, list):
        yield Comparison(path, given, there, _same_items(given, there, translate))
    else:
        yield Comparison(path, given, there, _same(given, there, translate))


def _names(given: Mapping[str, Any]) -> set[str]:
    return {snake(key) for key in given}


def _same_items(given: list[Any], there: Any, translate: Translate) -> bool | None:
    items = list(there) if isinstance(there, list) else [] if there is None else [there]
    verdict: bool | None = len(given) == len(items)
    for one in given:
        answers = [_answer(one, other, translate) for other in items]
        if True in answers:
            items.pop(answers.index(True))
        elif None in answers or _is_unknown(one, translate):
            verdict = None if verdict else verdict
        else:
            return False
    return verdict


def _answer(given: Any, there: Any, translate: Translate) -> bool | None:
    answers = [comparison.same for comparison in _values(given, there, translate, "")]
    return False if False in answers else None if None in answers else True


def _is_unknown(given: Any, translate: Translate) -> bool:
    return isinstance(given, str) and translate(given) is None


def _same(given: Any, there: Any, translate: Translate) -> bool | None:
    if isinstance(given, str):
        real = translate(given)
        if real is None:
            return None
        # Of an identity provider's address, AWS keeps what follows the scheme.
        texts = {real, real.removeprefix("https://")}
        return ("" if there is None else str(there)) in texts or bool(_plain(real) == _plain(there))
    return bool(_plain(given) == _plain(there))


def _plain(value: Any) -> Any:
    """Numbers, truth values and JSON documents in the one form in which they compare."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if float(value).is_integer() else str(value)
    if isinstance(value, str) and value[:1] in "{[" and value:
        try:
            return _canonical(json.loads(value))
        except ValueError:
            return value
    # What was never set is off.
    return "false" if value is None else value


def _canonical(value: Any) -> Any:
    """A policy document in one form: AWS gives lists of one back as their item, and in any order."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [_canonical(item) for item in value]
        return items[0] if len(items) == 1 else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return value
