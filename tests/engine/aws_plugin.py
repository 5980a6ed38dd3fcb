"""A provider for `aws:` resources that asks no cloud: `pulumi-resource-aws`, as far as an engine needs one.

It answers with the simulated outputs of captured graphs, so that the real engine can plan, make, change and delete a
whole environment on AWS. `CLUSTER` in its environment, a JSON object, stands in for an EKS cluster's own outputs.
"""

import json
import os
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from infra.graph.simulate import Declared, simulate
from infra.graph.wire import decode, encode

CLUSTER = "GROUNDWORK_TEST_AWS_CLUSTER"
_CLUSTER_TYPE = "aws:eks/cluster:Cluster"
_IDENTITY = ("availabilityZone", "bucket", "cidrBlock", "identifier", "name")
"""Properties by which AWS knows a resource: another value makes another resource."""


class Simulated(provider_pb2_grpc.ResourceProviderServicer):
    """Accepts every input, and remembers nothing: the engine's state is the cloud."""

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="7.51.1")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        # Without previews of its own every output is unknown until it is made: what a program must be able to bear.
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=False, acceptResources=True)

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        old, new = decode(request.old_inputs), decode(request.news)
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        kinds = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(
            changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE,
            diffs=changed,
            replaces=[key for key in changed if key in _IDENTITY],
            deleteBeforeReplace=any(key in _IDENTITY for key in changed),
        )

    def Create(self, request: Any, context: Any) -> Any:
        id_, outputs = _answer(request.urn, decode(request.properties))
        response = provider_pb2.CreateResponse(id=id_)
        response.properties.CopyFrom(request.properties)
        encode(outputs, response.properties)
        return response

    def Update(self, request: Any, context: Any) -> Any:
        _, outputs = _answer(request.urn, decode(request.news))
        response = provider_pb2.UpdateResponse()
        response.properties.CopyFrom(request.news)
        encode(outputs, response.properties)
        return response

    def Read(self, request: Any, context: Any) -> Any:
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


def _answer(urn: str, inputs: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    type_, name = urn.split("::")[2].rpartition("$")[2], urn.split("::", 3)[3]
    answer = simulate(Declared(urn, type_, name, inputs))
    cluster = json.loads(os.environ.get(CLUSTER, "{}")) if type_ == _CLUSTER_TYPE else {}
    return answer.id, {**answer.outputs, **cluster}


def main() -> None:
    """Serves until the engine ends it; the first line on stdout is the port, as the engine expects it."""
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Simulated(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
