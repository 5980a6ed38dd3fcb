"""Calls of the S3 API by an interpreter that has boto3: reads a list of calls as JSON, prints what each one answered.

A call is `[account, operation, arguments]`; accounts are `{name: [access key, secret key]}`, an empty name is nobody.
"""

import json
import sys
from typing import Any

import boto3  # type: ignore[import-not-found,import-untyped,unused-ignore]
from botocore import UNSIGNED  # type: ignore[import-not-found,import-untyped,unused-ignore]
from botocore.config import Config  # type: ignore[import-not-found,import-untyped,unused-ignore]
from botocore.exceptions import ClientError  # type: ignore[import-not-found,import-untyped,unused-ignore]


def client(endpoint: str, keys: list[str] | None) -> Any:
    """A client that signs with these keys, or not at all."""
    config = Config(
        s3={"addressing_style": "path"}, signature_version=None if keys else UNSIGNED, retries={"max_attempts": 1}
    )
    access, secret = keys or (None, None)
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        config=config,
    )


def answer(s3: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a call returned, or the code of its error."""
    try:
        found = getattr(s3, operation)(**arguments)
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}
    if "Body" in found:
        found["Body"] = found["Body"].read().decode()
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def main() -> None:
    """Asks for each account once for a client."""
    asked = json.load(sys.stdin)
    clients = {name: client(asked["endpoint"], keys) for name, keys in asked["accounts"].items()}
    clients[""] = client(asked["endpoint"], None)
    print(
        json.dumps(
            [answer(clients[name], operation, arguments) for name, operation, arguments in asked["calls"]], default=str
        )
    )


main()
