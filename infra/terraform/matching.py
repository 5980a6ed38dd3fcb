"""Which resource of a graph is which resource of a state.

A pair is found by what can't change: an instance fits if every attribute that would force a new resource is the same.
It is the one if it agrees in something telling, and no other does in as much. References to other resources count as
soon as those are found, and find others in turn.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from infra.errors import UserError
from infra.graph.model import Graph, Resource
from infra.settings.words import suggestion
from infra.terraform.comparing import Comparison, compare, reach
from infra.terraform.state import Instance, State, Steps
from infra.terraform.types import Kind, known_kinds

_SHORTEST = 4
"""Shorter texts name nothing."""
_TELLING = frozenset({"name", "bucket", "identifier", "description", "tags.Name", "comment"})
"""What tells resources apart, whether it may change or not."""
_COMMON = re.compile(r"[a-z]{2}(-[a-z]+)+-\d[a-z]?|\d{12}|[A-Za-z_]+")
"""Regions, zones, accounts, and mere choices such as `Enabled`: many resources have them in common."""


@dataclass(frozen=True)
class Pair:
    """A resource of the graph and the instance of the state that it is."""

    resource: Resource
    instance: Instance
    kind: Kind
    differences: tuple[Comparison, ...] = ()

    @property
    def blocking(self) -> tuple[Comparison, ...]:
        """Differences that would make a new resource."""
        return tuple(item for item in self.differences if self.kind.forces_new(item.path))


@dataclass(frozen=True)
class Open:
    """A resource of the graph that was not found, and what could be it."""

    resource: Resource
    fitting: tuple[Instance, ...] = ()
    """Each of these could be it."""


@dataclass(frozen=True)
class Matches:
    """Pairs, and what is left on both sides."""

    pairs: tuple[Pair, ...]
    open: tuple[Open, ...]
    unknown: tuple[Resource, ...]
    """Resources of types that no table names."""
    left: tuple[Instance, ...]
    """Instances that are none of the graph's."""


def match(graph: Graph, state: State, given: Mapping[str, str]) -> Matches:
    """Pairs the AWS resources of a graph with a state's. `given`: addresses by resource name or URN, which win."""
    return _Matching(graph, state, given).run()


class _Demand(Enum):
    """How well an instance must fit, from the comparisons of what would force a new resource."""

    PATIENT = auto()
    """All of it is the same."""
    UNKNOWN = auto()
    """Nothing differs; some may refer to resources that are not found yet."""
    REPLACED = auto()
    """Something differs: the same name, and yet it would be replaced."""

    def met_by(self, same: list[bool | None]) -> bool:
        if self is _Demand.REPLACED:
            return True
        return False not in same and (self is _Demand.UNKNOWN or None not in same)


class _Matching:
    def __init__(self, graph: Graph, state: State, given: Mapping[str, str]) -> None:
        kinds = known_kinds()
        mine = [r for r in graph if r.custom and r.type.startswith("aws:")]
        self._resources = {r.urn: (r, kinds[r.type]) for r in mine if r.type in kinds}
        self._unknown = tuple(r for r in mine if r.type not in kinds)
        self._instances = [instance for instance in state.instances if instance.managed]
        self._texts = Texts([r for r, _ in self._resources.values()])
        self._found: dict[str, Instance] = {}
        self._given = {self._named(name).urn: self._addressed(address) for name, address in given.items()}

    def run(self) -> Matches:
        for urn, instance in self._given.items():
            self._pair(urn, instance)
        while self._step(_Demand.PATIENT) or self._step(_Demand.UNKNOWN) or self._step(_Demand.REPLACED):
            pass
        pairs = self._settled()
        resources = [resource for urn, (resource, _) in self._resources.items() if urn not in self._found]
        taken = {instance.address for instance in self._found.values()}
        return Matches(
            pairs=tuple(pairs),
            open=tuple(self._as_open(resource) for resource in resources),
            unknown=self._unknown,
            left=tuple(instance for instance in self._instances if instance.address not in taken),
        )

    def _named(self, name: str) -> Resource:
        fitting = [r for r, _ in self._resources.values() if name in (r.urn, r.name)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise UserError(f"--map {name}: several resources are called so; give one's URN, like {fitting[0].urn}")
        known = [r.name for r, _ in self._resources.values()]
        raise UserError(f"--map {name}: the stack has no AWS resource of this name; {suggestion(name, known)}")

    def _addressed(self, address: str) -> Instance:
        found = next((instance for instance in self._instances if instance.address == address), None)
        if found is None:
            known = [instance.address for instance in self._instances]
            raise UserError(f"--map: the state has no managed resource {address}; {suggestion(address, known)}")
        return found

    def _step(self, demand: "_Demand") -> bool:
        """Finds what can be found now: all that fits, or one of what fits less well."""
        progress = False
        for urn, (resource, kind) in self._resources.items():
            chosen = None if urn in self._found else self._choose(resource, kind, demand)
            if chosen:
                self._pair(urn, chosen)
                progress = True
                if demand is not _Demand.PATIENT:
                    break
        return progress

    def _choose(self, resource: Resource, kind: Kind, demand: "_Demand") -> Instance | None:
        fitting = [(instance, score) for instance, score in self._fitting(resource, kind, demand) if score]
        best = max((score for _, score in fitting), default=0)
        chosen = [instance for instance, score in fitting if score == best]
        return chosen[0] if len(chosen) == 1 else None

    def _fitting(self, resource: Resource, kind: Kind, demand: "_Demand") -> Iterator[tuple[Instance, int]]:
        """Instances that fit, with the number of telling things that they agree in."""
        for instance in self._left(kind):
            items = list(compare(resource.inputs, instance.attributes, self._texts.translate))
            if demand.met_by([item.same for item in items if kind.forces_new(item.path)]):
                yield instance, sum(1 for item in items if item.same and self._is_telling(item, kind))

    def _is_telling(self, item: Comparison, kind: Kind) -> bool:
        if not isinstance(item.given, str) or len(item.given) < _SHORTEST:
            return False
        if item.given in self._texts.owners or item.path in _TELLING:
            return True
        return item.path in kind.replaces and not _COMMON.fullmatch(item.given)

    def _left(self, kind: Kind) -> list[Instance]:
        taken = {instance.address for instance in self._found.values()}
        return [i for i in self._instances if i.type == kind.terraform and i.address not in taken]

    def _pair(self, urn: str, instance: Instance) -> None:
        """Keeps a pair, and what it says of others: its own outputs, and the resources that it refers to."""
        resource, _ = self._resources[urn]
        self._found[urn] = instance
        self._texts.learn(resource, instance)
        for item in compare(resource.inputs, instance.attributes, self._texts.translate):
            if item.same is None and isinstance(item.given, str) and isinstance(item.there, str):
                self._follow(item.given, item.there)

    def _follow(self, simulated: str, real: str) -> None:
        """Finds the resource whose output stands in another's input, by the value that stands there in the state."""
        urn, path = self._texts.owners.get(simulated, ("", ()))
        if not urn or urn in self._found or urn in self._given:
            return
        for instance in self._left(self._resources[urn][1]):
            if reach(instance.attributes, path) == real:
                self._pair(urn, instance)
                return

    def _settled(self) -> list[Pair]:
        """The pairs with their differences. What would be replaced will be another resource to all that refer to it."""
        while True:
            pairs = [self._as_pair(urn, instance) for urn, instance in self._found.items()]
            if not any([self._texts.forget(pair.resource) for pair in pairs if pair.blocking]):
                order = list(self._resources)
                return sorted(pairs, key=lambda pair: order.index(pair.resource.urn))

    def _as_pair(self, urn: str, instance: Instance) -> Pair:
        resource, kind = self._resources[urn]
        items = compare(resource.inputs, instance.attributes, self._texts.translate)
        return Pair(resource, instance, kind, tuple(item for item in items if not item.same))

    def _as_open(self, resource: Resource) -> Open:
        kind = self._resources[resource.urn][1]
        return Open(resource, tuple(instance for instance, _ in self._fitting(resource, kind, _Demand.UNKNOWN)))


class Texts:
    """Simulated ids, names and ARNs in a graph, and the real ones that they turned out to be."""

    def __init__(self, resources: list[Resource]) -> None:
        self.owners: dict[str, tuple[str, Steps]] = {}
        """By text: the URN of the resource, and the way to it in its outputs."""
        shared: set[str] = set()
        for resource in resources:
            given = {value for _, value in _leaves(resource.inputs)}
            for path, value in _leaves(resource.outputs):
                if _names_something(value) and value not in given:
                    if self.owners.get(value, (resource.urn,))[0] != resource.urn:
                        shared.add(value)
                    # The id comes first, and others that are the same text say no more.
                    self.owners.setdefault(value, (resource.urn, path))
        for text in shared:
            del self.owners[text]
        self._real: dict[str, str] = {}
        self._held: dict[str, tuple[str, ...]] = {}

    def translate(self, text: str) -> str | None:
        """The text with real values in place of simulated ones; nothing while one of them isn't known."""
        for simulated in self._simulated(text):
            if simulated not in self._real:
                return None
            text = text.replace(simulated, self._real[simulated])
        return text

    def learn(self, resource: Resource, instance: Instance) -> None:
        """Takes the real values of a resource's outputs."""
        for text, (urn, path) in self.owners.items():
            value = reach(instance.attributes, path) if urn == resource.urn else None
            if isinstance(value, str) and value:
                self._real[text] = value

    def forget(self, resource: Resource) -> bool:
        """Takes the real values away again; whether there were any."""
        known = [text for text, (urn, _) in self.owners.items() if urn == resource.urn and text in self._real]
        for text in known:
            del self._real[text]
        return bool(known)

    def _simulated(self, text: str) -> tuple[str, ...]:
        """The simulated values in a text, longest first: a name may be part of an ARN."""
        if text in self.owners:
            return (text,)
        if text not in self._held:
            found = [simulated for simulated in self.owners if simulated in text]
            self._held[text] = tuple(sorted(found, key=len, reverse=True))
        return self._held[text]


def _leaves(value: Any, path: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Every text in a value, with the way to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))


def _names_something(text: str) -> bool:
    return len(text) >= _SHORTEST and not _COMMON.fullmatch(text)
