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
from infra.terraform.state import Steps

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
            yield from _values(given, _as_given(name, attributes), translate, f"{path}{name}")


def _as_given(name: str, attributes: Mapping[str, Any]) -> Any:
    """An attribute without what AWS adds to what was given: a certificate's own domain, to its other names."""
    if name == "subject_alternative_names" and attributes[name]:
        return [item for item in attributes[name] if item != attributes.get("domain_name")]
    return attributes[name]


def attribute_name(key: str, attributes: Mapping[str, Any]) -> str | None:
    """What Terraform calls an input, among the names that a resource or block has."""
    plain = snake(key)
    singular = [re.sub("ies$", "y", plain), re.sub("s$", "", plain), re.sub("es$", "", plain)]
    # Where both sides name another resource, Terraform often says by what.
    longer = [f"{plain}_arn", f"{plain}_id", f"{plain}_name", f"alarm_{plain}"]
    return next((name for name in (key, plain, *singular, *longer) if name in attributes), None)


def reach(attributes: Mapping[str, Any], path: Steps) -> Any:
    """What stands in a resource's attributes where Pulumi has it at this place; nothing where nothing does."""
    here: Any = attributes
    for step in path:
        if isinstance(step, str) and isinstance(here, list) and len(here) == 1:
            here = here[0]
        if isinstance(step, str) and isinstance(here, Mapping):
            here = here.get(attribute_name(step, here) or "")
        elif isinstance(step, int) and isinstance(here, list) and step < len(here):
            here = here[step]
        else:
            return None
    return here


def snake(key: str) -> str:
    """`vpcConfig` as `vpc_config`."""
    return re.sub("(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()


def _values(given: Any, there: Any, translate: Translate, path: str) -> Iterator[Comparison]:
    if isinstance(given, Secret):
        return
    if isinstance(given, Mapping):
        yield from _block(given, there, translate, path)
    elif isinstance(given, list) and given and all(isinstance(item, Mapping) for item in given):
        yield from _blocks(given, there if isinstance(there, list) else [], translate, path)
    elif isinstance(given, list):
        yield Comparison(path, given, there, _same_items(given, there, translate))
    else:
        yield Comparison(path, given, there, _same(given, there, translate))


def _block(given: Mapping[str, Any], there: Any, translate: Translate, path: str) -> Iterator[Comparison]:
    block = there[0] if isinstance(there, list) and len(there) == 1 else there
    if not block:
        # Nothing of it is set there: all of it compares with nothing.
        for key, item in given.items():
            yield from _values(item, None, translate, f"{path}.{snake(key)}")
    elif isinstance(block, Mapping):
        yield from compare(given, block, translate, f"{path}.")
        # A map of free keys, such as tags, is the same only as a whole.
        if block is there and (more := {key for key, item in block.items() if item} - given.keys() - _names(given)):
            yield Comparison(path, given, {key: block[key] for key in sorted(more)}, False)
    else:
        yield Comparison(path, given, there, False)


def _names(given: Mapping[str, Any]) -> set[str]:
    return {snake(key) for key in given}


def _blocks(given: list[Any], there: list[Any], translate: Translate, path: str) -> Iterator[Comparison]:
    """Blocks in any order: each is compared with the one that differs least."""
    if len(given) != len(there):
        yield Comparison(path, given, there, False)
        return
    left = list(there)
    for one in sorted(given, key=lambda item: min(_distance(item, other, translate) for other in there)):
        nearest = min(left, key=lambda other: _distance(one, other, translate))
        left.remove(nearest)
        yield from compare(one, nearest, translate, f"{path}.")


def _distance(given: Mapping[str, Any], there: Any, translate: Translate) -> int:
    """In how many values two blocks differ."""
    return sum(1 for item in compare(given, there, translate) if not item.same)


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
        # AWS keeps an identity provider's address without its scheme, a DNS name without its last dot.
        texts = {real, real.removeprefix("https://"), real.removesuffix(".")}
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
