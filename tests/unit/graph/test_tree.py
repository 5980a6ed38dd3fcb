"""The drawing of a graph."""

from infra.graph import Graph, Resource
from infra.graph.tree import draw


def resource(name: str, type_: str, parent: str | None = None) -> Resource:
    return Resource(name, type_, name, parent, not type_.startswith("groundwork:"), {}, {})


GRAPH = Graph(
    "dev",
    (
        resource("cluster", "pulumi:providers:kubernetes"),
        resource("store", "groundwork:index:Store"),
        resource("pod", "kubernetes:apps/v1:StatefulSet", "store"),
        resource("one", "kubernetes:core/v1:Secret", "store"),
        resource("jobs", "groundwork:index:Jobs", "store"),
        resource("two", "kubernetes:core/v1:Secret", "jobs"),
        resource("empty", "groundwork:index:Empty"),
    ),
)


def test_each_component_is_a_line_with_all_that_is_below_it() -> None:
    assert draw(GRAPH).splitlines() == [
        "dev: 3 components, 4 resources",
        "├─ store (Store): 3 resources = 2 Secret, 1 StatefulSet",
        "│  └─ jobs (Jobs): 1 resource = 1 Secret",
        "└─ empty (Empty): 0 resources",
    ]


def test_every_resource_can_be_listed() -> None:
    assert draw(GRAPH, resources=True).splitlines() == [
        "dev: 3 components, 4 resources",
        "├─ store (Store): 3 resources = 2 Secret, 1 StatefulSet",
        "│  ├─ jobs (Jobs): 1 resource = 1 Secret",
        "│  │  └─ Secret two",
        "│  ├─ StatefulSet pod",
        "│  └─ Secret one",
        "├─ empty (Empty): 0 resources",
        "└─ kubernetes provider cluster",
    ]


def test_a_stack_without_resources_is_one_line() -> None:
    assert draw(Graph("dev", ())) == "dev: 0 components, 0 resources"
