"""The tools' own official installers: Pulumi's from its SDK, kwokctl's list of where a control plane's binaries are."""

import hashlib
import http.client
import os
import shutil
import socket
import subprocess
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from infra.errors import RunFailed
from infra.toolchain.building import keep, link
from infra.toolchain.finding import cached_path, tools_dir, wanted_version
from infra.toolchain.versions import ETCD, KUBERNETES, Tool

_ANSWER_WITHIN = 5.0
_CHUNK = 1 << 20


class NotPublished(Exception):
    """There is no official binary, or no checksum of it, for this machine."""


class Refused(Exception):
    """The network doesn't let the installer through; the message says why."""


def install_pulumi(tool: Tool, on_progress: Callable[[str], None]) -> Path:
    """Runs the SDK's own installer into the cache; it has 5 seconds to be reached and 10 minutes to finish."""
    import pulumi.automation

    version = wanted_version(tool)
    on_progress(f"pulumi {version}: its own installer")
    root = tools_dir() / ".pulumi"
    shutil.rmtree(root, ignore_errors=True)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_ANSWER_WITHIN)
    try:
        pulumi.automation.PulumiCommand.install(root=str(root))
    except urllib.error.URLError as error:
        raise Refused(str(error.reason)) from error
    except subprocess.CalledProcessError as error:
        output = (error.output or b"").decode(errors="replace").strip().splitlines()
        raise Refused(output[-1] if output else str(error)) from error
    finally:
        socket.setdefaulttimeout(before)
    target = cached_path(tool)
    shutil.rmtree(target.parent, ignore_errors=True)
    target.parent.parent.mkdir(parents=True, exist_ok=True)
    # Language hosts stand beside the CLI and are looked up there.
    (root / "bin").replace(target.parent)
    shutil.rmtree(root, ignore_errors=True)
    link(target)
    return target


def download(tool: Tool, kwokctl: Path, on_progress: Callable[[str], None]) -> Path:
    """Downloads an official binary from where kwokctl would, and checks it against the checksum published beside it."""
    address = _address(tool, kwokctl)
    scratch = tools_dir() / ".downloading"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        url, _, member = address.partition("#")
        archive = scratch / Path(urllib.parse.urlsplit(url).path).name
        checksum = _published_checksum(url)
        on_progress(f"{tool.name} {tool.version}: downloading the official binary")
        digest = _fetch(url, archive)
        if digest != checksum:
            raise RunFailed(f"{url} has checksum {digest}, not the published {checksum}; it was not kept")
        return keep(tool, _extract(archive, member, scratch) if member else archive)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _address(tool: Tool, kwokctl: Path) -> str:
    listed = subprocess.run(
        [kwokctl, "get", "artifacts", "--runtime", "binary", "--filter", "binary"],
        capture_output=True,
        text=True,
        timeout=30,
        env=os.environ
        | {
            "KWOK_KUBE_VERSION": f"v{KUBERNETES}",
            "KWOK_ETCD_VERSION": ETCD,
            "KWOK_WORKDIR": str(tools_dir() / ".kwok"),
        },
    ).stdout.split()
    for address in listed:
        path, _, member = address.partition("#")
        name = member or Path(path).name
        if name == tool.name or name.startswith(f"{tool.name}-"):
            return address
    raise NotPublished("kwokctl knows no official binary for this machine")


def _published_checksum(url: str) -> str:
    folder, _, name = url.rpartition("/")
    for sums in (f"{url}.sha256", f"{folder}/SHA256SUMS"):
        try:
            with _open(sums) as answer:
                lines = [line.split() for line in _read(answer, _CHUNK).decode().splitlines()]
        except NotPublished:
            continue
        for words in lines:
            # Either the checksum alone, or a line for each file.
            if len(words) == 1 or words[1:] == [name]:
                return words[0]
    raise NotPublished(f"no checksum is published beside {url}")


def _fetch(url: str, target: Path) -> str:
    digest = hashlib.sha256()
    with _open(url) as answer, target.open("wb") as file:
        while chunk := _read(answer, _CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _open(url: str) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=_ANSWER_WITHIN)  # noqa: S310 - kwokctl's
    except urllib.error.HTTPError as error:
        raise NotPublished(f"{url}: {error}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Refused(str(getattr(error, "reason", error))) from error
    return response


def _read(answer: http.client.HTTPResponse, size: int) -> bytes:
    try:
        return answer.read(size)
    except (OSError, http.client.HTTPException) as error:
        raise Refused(f"the download broke off: {error}") from error


def _extract(archive: Path, member: str, scratch: Path) -> Path:
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.isfile() and Path(entry.name).name == member:
                content = tar.extractfile(entry)
                if content:
                    target = scratch / member
                    with target.open("wb") as file:
                        shutil.copyfileobj(content, file)
                    return target
    raise RunFailed(f"{archive.name} has no {member} in it")
