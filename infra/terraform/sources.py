"""Where states are: files, stdin, S3 and HTTP backends. Credentials come from the environment, not from addresses."""

import base64
import ipaddress
import os
import re
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from infra.errors import UserError
from infra.settings.words import suggestion
from infra.terraform.state import State, parse

_SECONDS = 10
_S3_OPTIONS = ("region", "endpoint")
_SECRETIVE = re.compile(r"token|password|secret|signature|^sig$|api_?key", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """A place that a state is read from."""

    location: str | None
    """As the stack file keeps it; none for stdin."""
    state: State


def read(location: str, folder: Path) -> State:
    """The state at a location that a stack file keeps; a relative path starts at `folder`, the stack file's.

    Raises `UserError` with what to do where it can't be read.
    """
    return parse(_text(location, folder), location)


def take(source: str, folder: Path) -> Source:
    """The state that a person names from the present folder, with its location as a stack file in `folder` keeps it."""
    if source == "-":
        return Source(None, parse(sys.stdin.read(), "stdin"))
    here = Path.cwd()
    state = read(source, here)
    local = urlsplit(source).scheme not in ("s3", "http", "https") and not Path(source).is_absolute()
    return Source(os.path.relpath(here / source, folder) if local else source, state)


def _text(location: str, folder: Path) -> str:
    scheme = urlsplit(location).scheme
    if scheme == "s3":
        return _from_s3(location)
    if scheme in ("http", "https"):
        return _from_http(location)
    if scheme and "://" in location:
        raise UserError(
            f"{location}: states are read from files, s3://BUCKET/KEY?region=REGION and http(s) backends; from "
            "any other backend by `terraform state pull | groundwork terraform read - STACK`"
        )
    path = folder / location
    if path.is_dir():
        raise UserError(f"{location} is a folder: name the state in it, like {location.rstrip('/')}/terraform.tfstate")
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{location} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}") from None


def _from_s3(location: str) -> str:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    parts = urlsplit(location)
    options = dict(parse_qsl(parts.query))
    for name in options:
        if name not in _S3_OPTIONS:
            raise UserError(f"{location}: `{name}` is no option here; {suggestion(name, _S3_OPTIONS)}")
    bucket, key = parts.netloc, parts.path.removeprefix("/")
    if not bucket or not key or "@" in bucket:
        raise UserError(f"{location}: write s3://BUCKET/KEY?region=REGION, as the backend's configuration has them")
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"max_attempts": 2})
    try:
        client = boto3.client(
            "s3", region_name=options.get("region"), endpoint_url=options.get("endpoint"), config=config
        )
        body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise UserError(f"{location} can't be read: {_said(error.response)}") from None
    except (BotoCoreError, ValueError) as error:
        raise UserError(f"{location} can't be read: {error}") from None
    return body.decode("utf-8", "replace")


def _said(response: Any) -> str:
    code = response.get("Error", {}).get("Code", "")
    hints = {
        "NoSuchKey": "there is no such object; a workspace's state is at env:/WORKSPACE/KEY",
        "NoSuchBucket": "there is no such bucket",
        "AccessDenied": "these credentials may not read it (s3:GetObject, and kms:Decrypt where it is encrypted)",
        "ExpiredToken": "the credentials have expired",
    }
    return hints.get(code) or f"S3 answers {code}: {response.get('Error', {}).get('Message', '')}"


def _from_http(location: str) -> str:
    parts = urlsplit(location)
    if parts.username or parts.password or any(_SECRETIVE.search(name) for name, _ in parse_qsl(parts.query)):
        raise UserError(
            f"{parts.scheme}://{parts.hostname}: no credentials in addresses, which end up in files and process lists; "
            "TF_HTTP_USERNAME and TF_HTTP_PASSWORD hold them"
        )
    user, password = os.environ.get("TF_HTTP_USERNAME"), os.environ.get("TF_HTTP_PASSWORD")
    request = urllib.request.Request(location, headers={"Accept": "application/json"})  # noqa: S310 - the scheme is known
    if user or password:
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise UserError(f"{location}: TF_HTTP_PASSWORD would go over the network in clear; use https")
        value = base64.b64encode(f"{user or ''}:{password or ''}".encode()).decode()
        # Not sent on to wherever the server redirects.
        request.add_unredirected_header("Authorization", f"Basic {value}")
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the scheme is known
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        hint = ": TF_HTTP_USERNAME and TF_HTTP_PASSWORD must hold what the backend takes"
        raise UserError(
            f"{location} answers {error.code} {error.reason}{hint if error.code in (401, 403) else ''}"
        ) from None
    except (OSError, ValueError) as error:
        raise UserError(f"{location} does not answer: {getattr(error, 'reason', None) or error}") from None
    if not body:
        raise UserError(f"{location} holds no state yet")
    return body.decode("utf-8", "replace")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
