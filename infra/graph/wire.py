"""Between the engine's wire format and plain values, in which a secret is a `Secret`."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime import rpc

from infra.graph.model import Secret
from infra.graph.secrecy import secret

_SIGNATURE = rpc._special_sig_key
_SECRET = rpc._special_secret_sig
_RESOURCE = rpc._special_resource_sig


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The properties of a registration, as an engine reads them."""
    # The wire keeps no order of keys; sorted, two runs agree to the byte.
    return {key: _decode(value) for key, value in sorted(struct.fields.items())}


def _decode(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _decode_struct(struct: struct_pb2.Struct) -> Any:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else None
    if signature == _SECRET:
        return secret(_decode(fields["value"]))
    if signature == _RESOURCE:
        return fields["id"].string_value if "id" in fields else fields["urn"].string_value
    return {key: _decode(value) for key, value in sorted(fields.items())}


def encode(values: Mapping[str, Any], into: struct_pb2.Struct) -> None:
    """Plain values, secrets among them, as the properties of an answer."""
    for key, value in values.items():
        into[key] = _encode(value)


def _encode(value: Any) -> Any:
    if isinstance(value, Secret):
        return {_SIGNATURE: _SECRET, "value": value.value}
    if isinstance(value, Mapping):
        return {key: _encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    return value
