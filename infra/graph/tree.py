"""The component tree of a graph, drawn as text."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.graph.model import Graph, Resource


@dataclass(frozen=True)
class _Node:
    component: Resource
    components: "Sequence[_Node]"
    resources: Sequence[Resource]

    def all(self) -> Iterator[Resource]:
        yield from self.resources
        for node in self.components:
            yield from node.all()


def draw(graph: Graph, *, resources: bool = False) -> str:
    """One line a component, with how many resources it holds in all and of which kinds; `resources` lists each."""
    children: dict[str | None, list[Resource]] = defaultdict(list)
    for resource in graph:
        children[resource.parent].append(resource)
    nodes = [_node(r, children) for r in children[None] if _is_component(r, children)]
    loose = [r for r in children[None] if not _is_component(r, children)]
    components = sum(not resource.custom for resource in graph)
    title = f"{graph.stack}: {_count(components, 'component')}, {_count(len(graph.resources) - components, 'resource')}"
    return "\n".join([title, *_branches(nodes, loose, resources)])


def short(type_: str) -> str:
    """The last word of a type token: `Deployment`, `ObjectStorage`, `Bucket`; a provider by its package."""
    if type_.startswith("pulumi:providers:"):
        return f"{type_.rpartition(':')[2]} provider"
    return type_.rpartition(":")[2]


def _is_component(resource: Resource, children: dict[str | None, list[Resource]]) -> bool:
    return not resource.custom or resource.urn in children


def _node(component: Resource, children: dict[str | None, list[Resource]]) -> _Node:
    below = children[component.urn]
    return _Node(
        component,
        [_node(r, children) for r in below if _is_component(r, children)],
        [r for r in below if not _is_component(r, children)],
    )


def _branches(nodes: Sequence[_Node], loose: Sequence[Resource], resources: bool) -> Iterator[str]:
    """The lines below one node: its components, then what it declares itself."""
    leaves = [f"{short(r.type)} {r.name}" for r in loose] if resources else []
    last = len(nodes) + len(leaves) - 1
    for number, node in enumerate(nodes):
        yield f"{'└─' if number == last else '├─'} {_line(node)}"
        indent = "   " if number == last else "│  "
        yield from (f"{indent}{line}" for line in _branches(node.components, node.resources, resources))
    for number, leaf in enumerate(leaves, len(nodes)):
        yield f"{'└─' if number == last else '├─'} {leaf}"


def _line(node: _Node) -> str:
    kinds = Counter(short(resource.type) for resource in node.all())
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])))
    own = f"{node.component.name} ({short(node.component.type)})"
    return f"{own}: {_count(kinds.total(), 'resource')}{f' = {listed}' if listed else ''}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
