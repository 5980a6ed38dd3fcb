"""Official binaries: taken with their published checksum, and given up within seconds where the network refuses."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.errors import RunFailed, UserError
from infra.toolchain import downloading, tool
from tests.unit.toolchain.conftest import Fake

BINARY = "#!/bin/sh\necho Client Version: v1.36.3\n"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """A test's output is its own."""


@pytest.fixture
def site(tmp_path: Path, fake: Fake) -> Iterator[Path]:
    """A web site, and a kwokctl that says that kubectl is there."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "kubectl").write_text(BINARY)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        fake("kwokctl", f'[ "$1" = get ] && echo {url}/kubectl || echo kwokctl version v0.8.0')
        yield folder
        server.shutdown()


def _publish(site: Path, text: str = BINARY) -> None:
    (site / "kubectl.sha256").write_text(hashlib.sha256(text.encode()).hexdigest())


def test_an_official_binary_is_downloaded_and_kept(site: Path, cache: Path) -> None:
    _publish(site)
    assert tool("kubectl") == cache / "tools" / "kubectl" / "1.36.3" / "kubectl"


def test_a_list_of_checksums_will_do(site: Path) -> None:
    digest = hashlib.sha256(BINARY.encode()).hexdigest()
    (site / "SHA256SUMS").write_text(f"{'0' * 64}  etcd\n{digest}  kubectl\n")
    assert tool("kubectl").read_text() == BINARY


def test_a_download_with_another_checksum_is_not_kept(site: Path, cache: Path) -> None:
    _publish(site, text="something else")
    with pytest.raises(RunFailed, match="not the published"):
        tool("kubectl")
    assert not list(cache.glob("tools/**/kubectl"))


def test_without_a_checksum_it_is_built(site: Path, go: Path) -> None:
    lines: list[str] = []
    tool("kubectl", on_progress=lines.append)
    assert any("no official download here (no checksum" in line for line in lines)
    assert go.exists()


def test_a_refused_download_is_told_and_the_tool_built(fake: Fake, go: Path) -> None:
    fake("kwokctl", '[ "$1" = get ] && echo http://127.0.0.1:9/kubectl || echo kwokctl version v0.8.0')
    lines: list[str] = []
    tool("kubectl", on_progress=lines.append)
    assert any("refused" in line for line in lines)
    assert go.exists()


def test_pulumi_that_can_not_be_had_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Path:
        raise downloading.Refused("Connection refused")

    monkeypatch.setattr(downloading, "install_pulumi", refused)
    with pytest.raises(UserError, match=r"(?s)gave up: Connection refused.*install pulumi yourself and put it on PATH"):
        tool("pulumi")
