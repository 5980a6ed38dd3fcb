"""The objects of a graph: what an API server would be given, in an order that it can be given in."""

import pulumi
import pulumi_kubernetes as k8s
import pytest

from infra.errors import UserError
from infra.graph import Graph, Resource, capture
from infra.graph.kubernetes import KubernetesObject, in_dependency_order, objects


def named(graph: Graph, name: str, *, show_secrets: bool = False) -> KubernetesObject:
    (found,) = [item for item in objects(graph, show_secrets=show_secrets) if item.name == name]
    return found


def resource(name: str, *, type_: str = "kubernetes:core/v1:ConfigMap", needs: tuple[str, ...] = ()) -> Resource:
    urns = tuple(f"urn:pulumi:dev::groundwork::{n}" for n in needs)
    return Resource(f"urn:pulumi:dev::groundwork::{name}", type_, name, None, True, {}, {}, urns)


def test_an_object_is_what_the_program_declares_and_nothing_else() -> None:
    def program() -> None:
        k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": "n"}, data={"k": "v"}, immutable=True)

    assert named(capture("dev", program), "c").manifest == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "n"},
        "data": {"k": "v"},
        "immutable": True,
    }


def test_an_object_without_a_name_carries_the_one_that_others_refer_to() -> None:
    def program() -> None:
        unnamed = k8s.core.v1.ConfigMap("files", data={})
        k8s.core.v1.ConfigMap("c", metadata={"name": "c"}, data={"files": unnamed.metadata["name"]})

    graph = capture("dev", program)
    referred = named(graph, "c").manifest["data"]["files"]
    assert named(graph, referred).resource.name == "files"


def test_namespaces_default_to_the_providers_and_else_to_default() -> None:
    def program() -> None:
        provider = k8s.Provider("p", namespace="from-provider")
        opts = pulumi.ResourceOptions(provider=provider)
        k8s.core.v1.ConfigMap("a", metadata={"name": "a"}, opts=opts)
        k8s.core.v1.ConfigMap("b", metadata={"name": "b"})
        k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": "own"}, opts=opts)
        k8s.rbac.v1.ClusterRole("d", metadata={"name": "d"}, opts=opts)

    graph = capture("dev", program)
    assert {name: named(graph, name).namespace for name in "abcd"} == {
        "a": "from-provider",
        "b": "default",
        "c": "own",
        "d": None,
    }


def test_custom_objects_have_a_namespace_only_where_their_definition_says_so() -> None:
    def program() -> None:
        for kind, scope in (("Zoned", "Namespaced"), ("Global", "Cluster")):
            k8s.apiextensions.v1.CustomResourceDefinition(
                kind,
                metadata={"name": f"{kind.lower()}s.example.com"},
                spec={
                    "group": "example.com",
                    "scope": scope,
                    "names": {"kind": kind, "plural": f"{kind.lower()}s"},
                    "versions": [],
                },
            )
            k8s.apiextensions.CustomResource(
                kind.lower(), api_version="example.com/v1", kind=kind, metadata={"name": kind.lower()}
            )
        k8s.apiextensions.CustomResource(
            "unknown", api_version="other.example.com/v1", kind="Unknown", metadata={"name": "unknown"}
        )

    graph = capture("dev", program)
    assert [named(graph, name).namespace for name in ("zoned", "global", "unknown")] == ["default", None, None]


def test_secret_values_are_masked_key_by_key_and_shown_only_on_request() -> None:
    def program() -> None:
        k8s.core.v1.Secret(
            "s", metadata={"name": "s"}, string_data={"user": "u", "password": pulumi.Output.secret("hunter2")}
        )

    graph = capture("dev", program)
    assert named(graph, "s").manifest["stringData"] == {"password": "[secret]", "user": "[secret]"}
    assert named(graph, "s", show_secrets=True).manifest["stringData"] == {"password": "hunter2", "user": "u"}
    assert "hunter2" not in repr(objects(graph, show_secrets=True))


def test_a_name_made_from_a_secret_is_refused() -> None:
    graph = capture("dev", lambda: k8s.core.v1.ConfigMap("c", metadata={"name": pulumi.Output.secret("hunter2")}))
    with pytest.raises(UserError, match="made from a secret") as refused:
        objects(graph)
    assert "hunter2" not in str(refused.value)


def test_what_is_no_object_by_itself_is_refused_by_name() -> None:
    graph = capture("dev", lambda: k8s.helm.v3.Release("gateway", chart="x"))
    with pytest.raises(UserError, match="gateway"):
        objects(graph)


def test_objects_come_after_what_they_depend_on_and_namespaces_first() -> None:
    graph = Graph(
        "dev",
        (
            resource("d", needs=("c", "b")),
            resource("c", needs=("b",)),
            resource("b"),
            resource("space", type_="kubernetes:core/v1:Namespace"),
            resource("a"),
        ),
    )
    assert [r.name for r in in_dependency_order(graph)] == ["space", "b", "c", "d", "a"]


def test_an_object_comes_after_a_password_that_a_provider_makes() -> None:
    graph = Graph(
        "dev",
        (
            resource("user", needs=("password",)),
            resource("password", type_="random:index/randomPassword:RandomPassword"),
        ),
    )
    assert [item.name for item in objects(graph)] == ["user"]
    assert [r.name for r in in_dependency_order(graph)] == ["password", "user"]
