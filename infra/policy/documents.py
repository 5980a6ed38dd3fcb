"""The IAM policy documents in a graph, parsed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from infra.graph import Graph, Resource, Secret
from infra.graph.secrecy import bare

Kind = Literal["trust", "identity", "resource"]
_TRUST = "assumeRolePolicy"
_IDENTITY_TYPES = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/role:Role",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
# What an engine puts in place of a value that it doesn't know yet (sdk/go/common/resource/plugin, UnknownStringValue).
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, its lists always lists."""

    body: Mapping[str, Any]

    @property
    def sid(self) -> str:
        return str(self.body.get("Sid", ""))

    @property
    def allows(self) -> bool:
        return self.body.get("Effect") == "Allow"

    @property
    def actions(self) -> tuple[str, ...]:
        return _strings(self.body.get("Action", ()))

    @property
    def resources(self) -> tuple[str, ...]:
        return _strings(self.body.get("Resource", ()))

    @property
    def principals(self) -> tuple[tuple[str, str], ...]:
        """(`Service`, `AWS`, `Federated` or `*`; who)."""
        principal = self.body.get("Principal", {})
        if isinstance(principal, str):
            return (("*", principal),)
        return tuple((kind, who) for kind, given in principal.items() for who in _strings(given))

    @property
    def conditions(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """(operator, key, values)."""
        tests = self.body.get("Condition", {})
        return tuple((test, key, _strings(values)) for test, keys in tests.items() for key, values in keys.items())


@dataclass(frozen=True, slots=True)
class Document:
    """One policy document, and where it stands."""

    resource: Resource
    path: str
    """The property that holds it: `assumeRolePolicy`, `inlinePolicies[0].policy`."""
    text: str
    body: Mapping[str, Any]

    @property
    def kind(self) -> Kind:
        """Who may be the role; what its bearer may; or who may do what with the resource it hangs on."""
        if self.path == _TRUST:
            return "trust"
        return "identity" if self.resource.type in _IDENTITY_TYPES else "resource"

    @property
    def is_federated(self) -> bool:
        """Whether it lets somebody in from another sign-in: a person, or a pipeline."""
        kinds = (kind for statement in self.statements for kind, _ in statement.principals)
        return self.kind == "trust" and "Federated" in kinds

    @property
    def statements(self) -> tuple[Statement, ...]:
        given = self.body.get("Statement", ())
        bodies = [given] if isinstance(given, Mapping) else given
        return tuple(Statement(body) for body in bodies)


def documents(graph: Graph) -> Iterator[Document]:
    """Every policy document in the inputs of the graph's AWS resources, whichever property holds it."""
    for resource in graph:
        if resource.type.startswith("aws:"):
            for path, text in _texts(resource.inputs, ""):
                body = _parsed(text)
                if isinstance(body, Mapping) and "Statement" in body:
                    yield Document(resource, path, text, body)


def unreadable(resource: Resource) -> Iterator[str]:
    """The properties that must hold a policy document and don't."""
    for path, text in _texts(resource.inputs, ""):
        named = path == _TRUST or (resource.type in _IDENTITY_TYPES and path.rpartition(".")[2] == "policy")
        if named and _UNKNOWN not in text and not isinstance(_parsed(text), Mapping):
            yield path


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Secret):
        value = bare(value)
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")


def _parsed(text: str) -> Any:
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _strings(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(map(str, given))
