"""One shape, whatever a graph is read from."""

import json
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from infra.errors import UserError
from infra.graph import Graph, Secret, capture
from infra.graph.export import from_json, to_json
from infra.graph.sources import read

STACK = "urn:pulumi:dev::groundwork::pulumi:pulumi:Stack::groundwork-dev"
BOX = "urn:pulumi:dev::groundwork::groundwork:index:Box::box"
FILES = "urn:pulumi:dev::groundwork::groundwork:index:Box$kubernetes:core/v1:ConfigMap::a::b"
PROVIDER = "urn:pulumi:dev::groundwork::pulumi:providers:kubernetes::cluster"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def states(secret: Any) -> list[dict[str, Any]]:
    return [
        {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"password": secret}},
        {"urn": BOX, "custom": False, "type": "groundwork:index:Box", "parent": STACK},
        {"urn": PROVIDER, "custom": True, "id": "1", "type": "pulumi:providers:kubernetes", "parent": STACK},
        {
            "urn": FILES,
            "custom": True,
            "id": "n/f",
            "type": "kubernetes:core/v1:ConfigMap",
            "inputs": {"__defaults": [], "data": {"a": secret, "b": "1"}},
            "outputs": {"__fieldManager": "x", "data": {"b": "1"}},
            "parent": BOX,
            "dependencies": [BOX],
            "provider": f"{PROVIDER}::1",
            "protect": True,
        },
    ]


def check(graph: Graph, secret: Any) -> None:
    assert graph.stack == "dev"
    assert graph.outputs == {"password": secret}
    box, provider, files = graph.resources
    assert (box.parent, box.custom, provider.custom) == (None, False, True)
    assert (files.name, files.parent, files.provider, files.protect) == ("a::b", BOX, PROVIDER, True)
    assert files.inputs == {"data": {"a": secret, "b": "1"}}
    assert files.outputs == {"id": "n/f", "data": {"b": "1"}}
    assert files.dependencies == (BOX,)


def test_an_exported_state_is_a_graph() -> None:
    export = {"version": 3, "deployment": {"resources": states({**SECRET, "ciphertext": "AAAA"})}}
    check(read(json.dumps(export), "-"), Secret("[secret]"))


def test_secrets_of_a_state_are_known_where_the_export_shows_them() -> None:
    export = {"version": 3, "deployment": {"resources": states({**SECRET, "plaintext": '"hunter2"'})}}
    check(read(json.dumps(export), "-"), Secret("hunter2"))


def test_what_a_state_only_waits_to_delete_is_not_in_its_graph() -> None:
    (stack, *_) = states("x")
    old = {"urn": BOX, "custom": True, "type": "a:b:C", "id": "1", "delete": True}
    graph = read(json.dumps({"version": 3, "deployment": {"resources": [stack, old]}}), "-")
    assert graph.resources == ()


def test_an_empty_state_is_an_empty_graph() -> None:
    assert read('{"version": 3, "deployment": {}}', "-").resources == ()


def test_a_preview_is_the_graph_of_what_would_be() -> None:
    stack, box, provider, files = states("[secret]")
    gone = {**provider, "urn": f"{PROVIDER}2"}
    steps = [
        {"op": "same", "urn": stack["urn"], "newState": stack},
        {"op": "create", "urn": box["urn"], "newState": box},
        {"op": "same", "urn": provider["urn"], "newState": provider},
        {"op": "replace", "urn": files["urn"], "oldState": {**files, "inputs": {}}, "newState": files},
        {"op": "delete-replaced", "urn": files["urn"], "oldState": {**files, "inputs": {}}},
        {"op": "delete", "urn": gone["urn"], "oldState": gone},
    ]
    check(read(json.dumps({"steps": steps, "changeSummary": {"same": 2}}), "-"), Secret("[secret]"))


def test_a_graph_survives_its_own_json() -> None:
    def program() -> None:
        files = k8s.core.v1.ConfigMap("files", data={"a": pulumi.Output.secret("hunter2"), "b": "1"})
        k8s.core.v1.ConfigMap("c", data={"d": files.metadata["name"]}, opts=pulumi.ResourceOptions(protect=True))

    printed = to_json(capture("dev", program))
    assert "hunter2" not in json.dumps(printed)
    assert to_json(from_json(json.loads(json.dumps(printed)), "graph.json")) == printed
    assert list(printed["resources"][0]) == [
        "urn",
        "type",
        "name",
        "parent",
        "custom",
        "inputs",
        "outputs",
        "dependencies",
        "protect",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        ("[]", "not a graph"),
        ("{}", "not a graph"),
        ('{"resources": [{}]}', "not a graph"),
        ('{"deployment": {"resources": [{"urn": "urn:pulumi:a::b::c::d"}]}}', "not what Pulumi prints"),
        ('{"deployment": {"resources": [{"urn": "x", "type": "y"}]}}', "not what Pulumi prints"),
        ('{"steps": [{}]}', "not what Pulumi prints"),
    ],
)
def test_anything_else_is_refused_by_the_name_of_its_source(text: str, problem: str) -> None:
    with pytest.raises(UserError, match=f"my.json is {problem}"):
        read(text, "my.json")
