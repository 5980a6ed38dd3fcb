"""A machine with nothing on it: an empty PATH and cache, and executables that only pretend."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.toolchain import finding, golang

Fake = Callable[[str, str], Path]

GO = """
case "$1" in
  version) echo "go version go1.26.5 linux/amd64" ;;
  env) echo "$FAKE_GOPROXY" ;;
  list) echo fmt; echo example/tool; [ "$GOPROXY" != off ] || [ -n "$FAKE_MODULES_AT_HAND" ] ;;
  build)
    echo built >> "$FAKE_GO_LOG"
    eval "$FAKE_GO_BUILD"
    while [ "$1" != -o ]; do shift; done
    version=${FAKE_VERSION-$(/usr/bin/basename "$2" | /bin/sed 's/helm/v4.3.1/;s/kind/kind v0.33.0/;s/kube.*/v1.36.3/')}
    printf '#!/bin/sh\\necho "%s"\\n' "$version" > "$2" ;;
esac
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This user's cache, empty; the state folder and HOME are apart as well."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GROUNDWORK_CACHE", str(folder))
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("GROUNDWORK_OFFLINE", "KUBECONFIG", "GOPROXY"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PATH, empty; Go in its usual places isn't found either."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(golang, "_USUAL_PLACES", ())
    finding.version_of.cache_clear()
    return folder


@pytest.fixture
def fake(path: Path) -> Fake:
    """Puts a shell script on PATH."""

    def put(name: str, body: str) -> Path:
        script = path / name
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        return script

    return put


@pytest.fixture
def go(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Go that writes scripts telling the right version; returns the file with a line for each build."""
    log = tmp_path / "go.log"
    monkeypatch.setenv("FAKE_GO_LOG", str(log))
    monkeypatch.setenv("FAKE_GOPROXY", "direct")
    fake("go", GO)
    return log
