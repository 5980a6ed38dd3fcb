"""What differs between two graphs, and that secrets are compared without being shown."""

from collections.abc import Callable

import pulumi
import pulumi_kubernetes as k8s

from infra.engines.base import Action
from infra.graph import Graph, Secret, capture, diff
from infra.graph.changes import top_components
from infra.graph.export import from_json, to_json


def config(name: str, **data: pulumi.Input[str]) -> k8s.core.v1.ConfigMap:
    return k8s.core.v1.ConfigMap(name, metadata={"name": name}, data=data)


def graph(*programs: Callable[[], object], stack: str = "dev") -> Graph:
    return capture(stack, lambda: [program() for program in programs])


def summary(old: Graph, new: Graph) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(c.action.value, c.name, c.paths) for c in diff(old, new)]


def test_every_resource_of_either_graph_has_its_change() -> None:
    old = graph(lambda: config("same", a="1"), lambda: config("changed", a="1", b="1"), lambda: config("gone"))
    new = graph(lambda: config("same", a="1"), lambda: config("changed", a="2", c="1"), lambda: config("new"))
    assert summary(old, new) == [
        ("unchanged", "same", ()),
        ("update", "changed", ("data.a", "data.b", "data.c")),
        ("create", "new", ()),
        ("delete", "gone", ()),
    ]


def test_a_list_of_the_same_length_is_compared_item_by_item() -> None:
    def service(port: int) -> Callable[[], object]:
        return lambda: k8s.core.v1.Service(
            "s", metadata={"name": "s"}, spec={"ports": [{"port": 1, "name": "a"}, {"port": port, "name": "b"}]}
        )

    assert summary(graph(service(2)), graph(service(3))) == [("update", "s", ("spec.ports[1].port",))]


def test_a_changed_secret_is_seen_and_neither_value_is_shown() -> None:
    old = graph(lambda: config("c", a=pulumi.Output.secret("hunter1")))
    new = graph(lambda: config("c", a=pulumi.Output.secret("hunter2")))
    assert summary(old, new) == [("update", "c", ("data.a",))]
    assert "hunter" not in repr(diff(old, new))


def test_a_secret_that_one_side_does_not_know_is_no_difference() -> None:
    known = graph(lambda: config("c", a=pulumi.Output.secret("hunter2"), b="1"))
    printed = from_json(to_json(known), "graph.json")
    assert printed.resources[0].inputs["data"]["a"] == Secret("[secret]")
    assert [c.action for c in diff(printed, known)] == [Action.UNCHANGED]
    assert summary(printed, graph(lambda: config("c", a=pulumi.Output.secret("hunter3"), b="2"))) == [
        ("update", "c", ("data.b",))
    ]


def test_a_value_that_stops_being_secret_is_a_difference() -> None:
    old = graph(lambda: config("c", a=pulumi.Output.secret("x")))
    assert summary(old, graph(lambda: config("c", a="x"))) == [("update", "c", ("data.a",))]


def test_an_object_under_another_name_is_replaced() -> None:
    old = graph(lambda: k8s.core.v1.ConfigMap("c", metadata={"name": "one"}))
    new = graph(lambda: k8s.core.v1.ConfigMap("c", metadata={"name": "two"}))
    assert summary(old, new) == [("replace", "c", ("metadata.name",))]


def test_two_stacks_of_one_program_compare() -> None:
    assert summary(graph(lambda: config("c"), stack="dev"), graph(lambda: config("c"), stack="prod")) == [
        ("unchanged", "c", ())
    ]


def test_a_change_names_the_outermost_component() -> None:
    class Box(pulumi.ComponentResource):
        def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
            super().__init__("groundwork:index:Box", name, {}, opts)

    def nested() -> None:
        inner = Box("inner", pulumi.ResourceOptions(parent=Box("outer")))
        k8s.core.v1.ConfigMap("c", opts=pulumi.ResourceOptions(parent=inner))

    captured = graph(nested)
    (change,) = diff(Graph("dev", ()), captured)
    assert (change.action, change.component, change.urn) == (Action.CREATE, "outer", captured.resources[-1].urn)
    assert set(top_components(captured).values()) == {"outer"}
    assert [c.component for c in diff(captured, Graph("dev", ()))] == ["outer"]


def test_what_a_provider_adds_to_a_programs_inputs_is_no_difference() -> None:
    def provided(text: str, context: str | None = None) -> Graph:
        def program() -> None:
            k8s.Provider("cluster", cluster_identifier="dev", context=context)
            k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data={"a": text})

        return graph(program)

    def kept() -> None:
        k8s.Provider("cluster", cluster_identifier="dev", kubeconfig="/somewhere")
        k8s.core.v1.Secret("s", metadata={"name": "s"}, data=pulumi.Output.secret({"a": "aHVudGVyMg=="}))

    assert {c.action for c in diff(graph(kept), provided("hunter2"))} == {Action.UNCHANGED}
    assert summary(graph(kept), provided("hunter3")) == [("unchanged", "cluster", ()), ("update", "s", ("data",))]
    assert summary(provided("x", "a"), provided("x", "b"))[0] == ("update", "cluster", ("context",))
