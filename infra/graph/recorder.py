"""Runs a Pulumi program in this process, without an engine, and keeps what it declares."""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime import config, mocks, resource, settings, stack
from pulumi.runtime.proto import engine_pb2, resource_pb2, source_pb2

from infra.graph.model import Graph, Resource, Secret
from infra.graph.secrecy import secret
from infra.graph.simulate import Declared, simulate
from infra.graph.wire import decode, encode

PROJECT = "groundwork"

_STACK = "pulumi:pulumi:Stack"
_UNRESOLVED = "Calling __str__ on an Output"
_LEVELS = {
    engine_pb2.DEBUG: logging.DEBUG,
    engine_pb2.INFO: logging.INFO,
    engine_pb2.WARNING: logging.WARNING,
    engine_pb2.ERROR: logging.ERROR,
}
_log = logging.getLogger("groundwork.program")

# Where in the source each resource was declared is of use to an engine alone, and a fifth of a capture's time.
resource._get_stack_trace = source_pb2.StackTrace


class UnresolvedOutput(Exception):
    """A program put an Output where only its value makes sense. Its text would have reached the cluster."""


def capture(stack: str, program: Callable[[], object]) -> Graph:
    """Everything that the program declares for this stack, in the order in which it declares it.

    Providers' answers are simulated, and all values known. What the program raises, in its body or in an `apply`, is
    raised here; `UnresolvedOutput` names the property in which an Output was turned into text.
    """
    # An empty context holds no settings, root stack or configuration of whoever calls, and gives none back.
    return contextvars.Context().run(_capture, stack, program)


def _capture(stack_name: str, program: Callable[[], object]) -> Graph:
    monitor = _Monitor()
    settings.reset_options(project=PROJECT, stack=stack_name, organization="organization", root_directory=".")
    settings.SETTINGS.monitor = monitor
    settings.SETTINGS.engine = _Engine()
    config.set_all_config({}, [])
    failures: list[BaseException] = []

    async def body() -> None:
        try:
            program()
        except BaseException as error:
            failures.append(error)
            raise
        await _settled()

    try:
        _run(stack.run_in_stack(body))
    except BaseException as error:
        # The first failure is the cause; the runtime reports the one that it happens to await first.
        raise next(iter(failures), settings.SETTINGS.rpc_manager.unhandled_exception or error) from None
    return Graph(stack_name, monitor.in_order(), monitor.stack_outputs)


async def _settled() -> None:
    """Returns when nothing is pending. The runtime would wait for the next one of all, again and again."""
    while pending := [output for output in settings.SETTINGS.outputs if not output.done()]:
        await asyncio.wait(pending)


def _run(program: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.new_event_loop()
    executor = _Inline()
    loop.set_default_executor(executor)
    # A failure makes every output downstream of it fail too: one of them is raised, the others are not news.
    loop.set_exception_handler(lambda _loop, _context: None)
    try:
        loop.run_until_complete(program)
    finally:
        loop.run_until_complete(_cancel_pending())
        loop.close()
        executor.shutdown()


async def _cancel_pending() -> None:
    pending = asyncio.all_tasks() - {asyncio.current_task()}
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)


class _Inline(ThreadPoolExecutor):
    """Answers in the calling thread: nothing here blocks, and the order of events is the same in every run."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class _Engine:
    """Where the program's log lines go. The runtime's warning about an Output in a string becomes an error later."""

    def Log(self, request: engine_pb2.LogRequest) -> None:
        if _UNRESOLVED not in request.message:
            _log.log(_LEVELS.get(request.severity, logging.INFO), "%s", request.message)


class _NoMocks(mocks.Mocks):
    """The monitor answers everything itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError(args.typ)


class _Monitor(mocks.MockMonitor):
    """Takes registrations down and answers each with simulated outputs."""

    def __init__(self) -> None:
        super().__init__(_NoMocks())
        self._registered: dict[str, tuple[int, Resource]] = {}
        self.stack_outputs: Mapping[str, Any] = {}

    def in_order(self) -> tuple[Resource, ...]:
        """In the order of declaration, which is an order of dependency too."""
        return tuple(resource for _, resource in sorted(self._registered.values(), key=lambda item: item[0]))

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As an engine makes it: the types of all parents but the stack's."""
        if parent and not _is_stack(parent):
            type_ = f"{parent.split('::')[2]}${type_}"
        return f"urn:pulumi:{settings.get_stack()}::{settings.get_project()}::{type_}::{name}"

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == _STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self._registered:
            raise ValueError(f"two resources are named {request.name} (type {request.type}); names are unique per type")
        if request.transforms:
            raise NotImplementedError(f"{request.name}: only an engine runs transforms, so no graph can show them")
        inputs = decode(request.object)
        refuse_unresolved(request.type, request.name, {"name": request.name, **inputs})
        response = resource_pb2.RegisterResourceResponse(urn=urn)
        response.object.CopyFrom(request.object)
        outputs: dict[str, Any] = {}
        if request.custom:
            answer = simulate(Declared(urn, request.type, request.name, inputs))
            response.id = answer.id
            outputs = {**inputs, **answer.outputs}
            for key in request.additionalSecretOutputs:
                if key in outputs:
                    outputs[key] = secret(outputs[key])
            encode({key: value for key, value in outputs.items() if value is not inputs.get(key)}, response.object)
            outputs = {"id": answer.id, **outputs}
        self._add(request, urn, inputs, outputs)
        return response

    def _add(self, request: Any, urn: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        self._registered[urn] = (
            _declaration_number(),
            Resource(
                urn=urn,
                type=request.type,
                name=request.name,
                parent=None if _is_stack(request.parent) else request.parent or None,
                custom=request.custom,
                inputs=inputs,
                outputs=outputs,
                dependencies=tuple(sorted(request.dependencies)),
                protect=request.protect,
                # `<urn>::<id>` on the wire.
                provider=request.provider.rpartition("::")[0] or None,
            ),
        )

    def ReadResource(self, request: Any) -> resource_pb2.ReadResourceResponse:
        raise NotImplementedError(f"{request.name}: a program reads nothing from a cluster or cloud ({request.type})")

    def RegisterResourceOutputs(self, request: Any) -> Any:
        outputs = decode(request.outputs)
        refuse_unresolved("outputs of", request.urn.rpartition("::")[2], outputs)
        if _is_stack(request.urn):
            self.stack_outputs = outputs
        elif request.urn in self._registered:
            number, registered = self._registered[request.urn]
            self._registered[request.urn] = (number, replace(registered, outputs=outputs))
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> resource_pb2.ResourceInvokeResponse:
        if request.tok != "kubernetes:yaml:decode":
            raise NotImplementedError(f"a program asks no provider: {request.tok}")
        from yaml import CSafeLoader, load_all

        text = decode(request.args)["text"]
        answer = struct_pb2.Struct()
        encode({"result": [manifest for manifest in load_all(text, CSafeLoader) if manifest]}, answer)
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})


def _is_stack(urn: str) -> bool:
    return f"::{_STACK}::" in urn


def _declaration_number() -> int:
    """Grows with the order in which resources were constructed, whatever each waited for afterwards.

    Every construction starts a task at once, and asyncio names tasks `Task-<n>`.
    """
    task = asyncio.current_task()
    return int(task.get_name().rpartition("-")[2]) if task else 0


def refuse_unresolved(type_: str, name: str, value: Any, path: str = "") -> None:
    """Raises `UnresolvedOutput` where an Output was put into a string."""
    if isinstance(value, Secret):
        refuse_unresolved(type_, name, value.value, path)
    elif isinstance(value, str):
        if _UNRESOLVED in value:
            raise UnresolvedOutput(
                f"{type_} {name.splitlines()[0]}: {path} holds an Output turned into text; "
                "use Output.format, Output.concat or apply"
            )
    elif isinstance(value, Mapping):
        for key, item in value.items():
            refuse_unresolved(type_, name, item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            refuse_unresolved(type_, name, item, f"{path}[{index}]")
