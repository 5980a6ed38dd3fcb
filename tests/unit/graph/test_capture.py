"""What the recorder takes down, and that nothing of one capture is left for the next."""

import asyncio
import json
import threading
from collections.abc import Callable

import pulumi
import pulumi_kubernetes as k8s
import pytest
from pulumi.runtime import settings

from infra.graph import Graph, Resource, Secret, capture
from infra.graph.recorder import UnresolvedOutput


class Pair(pulumi.ComponentResource):
    """A component of two objects, the second naming the first."""

    name: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:Pair", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        config = k8s.core.v1.ConfigMap(f"{name}-files", data={"port": "80"}, opts=child)
        k8s.core.v1.ServiceAccount(
            f"{name}-account", metadata={"name": name, "labels": {"files": config.metadata["name"]}}, opts=child
        )
        self.name = config.metadata["name"]
        self.register_outputs({"name": self.name})


def named(graph: Graph, name: str) -> Resource:
    (found,) = [resource for resource in graph if resource.name == name]
    return found


def config_map(name: str, **data: pulumi.Input[str]) -> k8s.core.v1.ConfigMap:
    return k8s.core.v1.ConfigMap(name, metadata={"name": name}, data=data)


def test_resources_come_in_the_order_of_their_declaration_though_the_first_waits_for_a_later_one() -> None:
    def program() -> None:
        late: pulumi.Output[str] = pulumi.Output.from_input(asyncio.sleep(0.01, "x"))
        config_map("first", a=late)
        config_map("second")

    assert [resource.name for resource in capture("dev", program)] == ["first", "second"]


def test_urns_name_the_types_of_all_parents_but_the_stack() -> None:
    graph = capture("dev", lambda: Pair("a", None))
    assert [resource.urn for resource in graph] == [
        "urn:pulumi:dev::groundwork::groundwork:index:Pair::a",
        "urn:pulumi:dev::groundwork::groundwork:index:Pair$kubernetes:core/v1:ConfigMap::a-files",
        "urn:pulumi:dev::groundwork::groundwork:index:Pair$kubernetes:core/v1:ServiceAccount::a-account",
    ]
    assert [resource.parent for resource in graph] == [None, graph.resources[0].urn, graph.resources[0].urn]
    assert [resource.custom for resource in graph] == [False, True, True]


def test_a_reference_appears_as_the_very_string_that_the_other_resource_is_named_by() -> None:
    graph = capture("dev", lambda: Pair("a"))
    files = named(graph, "a-files").outputs["metadata"]["name"]
    assert files.startswith("a-files-")
    assert named(graph, "a-account").inputs["metadata"]["labels"]["files"] == files
    assert named(graph, "a").outputs == {"name": files}
    assert named(graph, "a-account").dependencies == (named(graph, "a-files").urn,)


def test_inputs_are_camel_case_and_whole_numbers_are_integers() -> None:
    def program() -> None:
        k8s.core.v1.Service(
            "s",
            metadata=k8s.meta.v1.ObjectMetaArgs(name="s"),
            spec=k8s.core.v1.ServiceSpecArgs(
                cluster_ip="None", ports=[k8s.core.v1.ServicePortArgs(port=80, target_port="http")]
            ),
        )

    assert named(capture("dev", program), "s").inputs == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"clusterIP": "None", "ports": [{"port": 80, "targetPort": "http"}]},
    }


def test_options_that_matter_to_an_engine_are_kept() -> None:
    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        first = config_map("first")
        k8s.core.v1.ConfigMap(
            "second", opts=pulumi.ResourceOptions(protect=True, provider=provider, depends_on=[first])
        )

    graph = capture("dev", program)
    second = named(graph, "second")
    assert second.protect
    assert second.provider == named(graph, "cluster").urn
    assert second.dependencies == (named(graph, "first").urn,)
    assert not named(graph, "first").protect


def test_secrets_and_what_is_made_of_them_arrive_as_secrets() -> None:
    def program() -> None:
        password = pulumi.Output.secret("hunter2")
        provider = k8s.Provider("cluster", kubeconfig=password.apply(lambda value: json.dumps({"token": value})))
        k8s.core.v1.ConfigMap(
            "c",
            metadata={"annotations": {"a": pulumi.Output.concat("x-", password)}},
            data={"list": pulumi.Output.json_dumps([password])},
            opts=pulumi.ResourceOptions(provider=provider),
        )
        k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data={"plain": "hunter2"})
        pulumi.export("password", password)
        pulumi.export("nested", {"in": [password]})

    graph = capture("dev", program)
    assert named(graph, "c").inputs["metadata"]["annotations"]["a"] == Secret("x-hunter2")
    assert named(graph, "cluster").inputs["kubeconfig"] == Secret('{"token": "hunter2"}')
    assert named(graph, "s").inputs["stringData"] == Secret({"plain": "hunter2"})
    assert graph.outputs["password"] == Secret("hunter2")
    assert "hunter2" not in repr(graph)


def test_what_a_program_reads_back_from_a_secret_stays_secret() -> None:
    def program() -> None:
        secret = k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data={"a": "hunter2"})
        config_map("c", copied=secret.string_data["a"])

    assert named(capture("dev", program), "c").inputs["data"]["copied"] == Secret("hunter2")


def test_an_output_put_into_a_string_is_refused_with_the_name_of_the_property() -> None:
    def program() -> None:
        first = config_map("first")
        config_map("second", url=f"http://{first.metadata['name']}")

    with pytest.raises(UnresolvedOutput, match=r"kubernetes:core/v1:ConfigMap second: data\.url"):
        capture("dev", program)


def test_an_output_put_into_a_stack_output_is_refused() -> None:
    def program() -> None:
        pulumi.export("urls", [f"http://{config_map('first').metadata['name']}"])

    with pytest.raises(UnresolvedOutput, match=r"urls\[0\]"):
        capture("dev", program)


class OwnError(Exception):
    pass


def _fail(*_: object) -> str:
    raise OwnError("the program's own words")


def _fails_at_once() -> None:
    config_map("first")
    _fail()


def _fails_in_an_input() -> None:
    config_map("first", a=pulumi.Output.from_input("x").apply(_fail))
    config_map("second", b=config_map("third").metadata["name"])


def _fails_in_an_apply_of_an_output() -> None:
    config_map("first").metadata["name"].apply(_fail)


@pytest.mark.parametrize("program", [_fails_at_once, _fails_in_an_input, _fails_in_an_apply_of_an_output])
def test_what_a_program_raises_is_what_capture_raises(
    program: Callable[[], object], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OwnError, match="the program's own words"):
        capture("dev", program)
    assert capfd.readouterr().err == ""


def test_a_program_that_asks_a_provider_is_refused() -> None:
    def program() -> None:
        pulumi.runtime.invoke("aws:index/getRegion:getRegion", {})
        config_map("c", region=pulumi.Output.from_input(pulumi.runtime.invoke_async("aws:x:y", {})).apply(str))

    with pytest.raises(NotImplementedError, match="aws:"):
        capture("dev", program)


def test_two_resources_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two resources are named same"):
        capture("dev", lambda: [config_map("same"), config_map("same")])


def test_objects_of_a_yaml_text_are_captured_as_typed_resources() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n---\n"
    graph = capture("dev", lambda: k8s.yaml.ConfigGroup("group", yaml=[text]))
    (found,) = [r for r in graph if r.type == "kubernetes:core/v1:ConfigMap"]
    assert found.inputs["data"] == {"k": "v"}


def test_simulated_outputs_differ_by_resource_and_are_the_same_in_every_run() -> None:
    def program() -> None:
        for name in ("a", "b"):
            k8s.core.v1.ConfigMap(name, data={})
            k8s.core.v1.Service(name, spec={"type": "LoadBalancer", "ports": [{"port": 80}]})

    one, two = capture("dev", program), capture("dev", program)
    assert one == two
    ids = [resource.outputs["id"] for resource in one]
    assert len(set(ids)) == len(ids)
    assert {r.outputs["id"] for r in capture("prod", program)}.isdisjoint(ids)
    services = [r for r in one if r.type.endswith(":Service")]
    assert len({r.outputs["spec"]["clusterIP"] for r in services}) == 2
    assert all(r.outputs["status"]["loadBalancer"]["ingress"][0]["hostname"] for r in services)


def test_a_failed_capture_leaves_nothing_for_the_next() -> None:
    with pytest.raises(OwnError):
        capture("dev", _fails_in_an_input)
    graph = capture("prod", lambda: config_map("only"))
    assert (graph.stack, [r.name for r in graph], graph.outputs) == ("prod", ["only"], {})


def test_the_callers_own_pulumi_settings_and_event_loop_are_as_before() -> None:
    before = (settings.SETTINGS.monitor, settings.get_stack(), settings.get_root_resource())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        capture("dev", lambda: config_map("c"))
        assert (settings.SETTINGS.monitor, settings.get_stack(), settings.get_root_resource()) == before
        assert asyncio.get_event_loop_policy().get_event_loop() is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_captures_in_several_threads_do_not_mix() -> None:
    graphs: dict[str, Graph] = {}

    def run(stack: str) -> None:
        graphs[stack] = capture(stack, lambda: [config_map(f"{stack}-{n}") for n in range(20)])

    threads = [threading.Thread(target=run, args=(stack,)) for stack in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for stack in ("a", "b", "c"):
        assert [r.name for r in graphs[stack]] == [f"{stack}-{n}" for n in range(20)]


def test_configuration_set_by_one_program_is_not_seen_by_the_next() -> None:
    seen: list[str | None] = []

    def program() -> None:
        seen.append(pulumi.Config("groundwork").get("word"))
        pulumi.runtime.set_config("groundwork:word", "set")

    capture("dev", program)
    capture("dev", program)
    assert seen == [None, None]


def test_a_program_may_log_without_an_engine(caplog: pytest.LogCaptureFixture) -> None:
    capture("dev", lambda: pulumi.log.warn("mind the gap"))
    assert "mind the gap" in caplog.text
