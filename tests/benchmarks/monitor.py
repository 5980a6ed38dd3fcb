"""The engine's side of the wire, played: what a program's run costs the program itself, gRPC included.

`python -m tests.benchmarks.monitor` serves a resource monitor and an engine that accept everything, and prints where.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime import mocks
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from infra.graph.simulate import Declared, simulate
from infra.graph.wire import decode, encode


class Engine(engine_pb2_grpc.EngineServicer):
    """Takes log lines and forgets them."""

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> Any:
        return empty_pb2.Empty()


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Gives every resource the simulated answer that a captured graph shows."""

    def GetDeploymentInfo(self, request: Any, context: Any) -> Any:
        return mocks.MockMonitor.GetDeploymentInfo(self, request)  # type: ignore[arg-type, no-untyped-call]

    def RegisterResource(self, request: Any, context: Any) -> resource_pb2.RegisterResourceResponse:
        type_ = request.type
        if request.parent and "pulumi:pulumi:Stack" not in request.parent:
            type_ = f"{request.parent.split('::')[2]}${type_}"
        urn = f"urn:pulumi:bench::groundwork::{type_}::{request.name}"
        response = resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        if request.custom:
            answer = simulate(Declared(urn, request.type, request.name, decode(request.object)))
            response.id = answer.id
            encode(answer.outputs, response.object)
        return response

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


def main() -> None:
    """Serves until its input ends."""
    server = grpc.server(ThreadPoolExecutor(max_workers=16))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Monitor(), server)
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    server.stop(None)


if __name__ == "__main__":
    main()
