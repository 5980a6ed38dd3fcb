"""The tools: which version is built or downloaded, which ones on PATH will do, and what a build of them takes."""

import re
from dataclasses import dataclass

KUBERNETES = "1.36.3"
ETCD = "3.6.14"
KWOK = "0.8.0"
HELM = "4.3.1"
KIND = "0.33.0"
KIND_NODE_IMAGE = "kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed"
"""The newest patch of our Kubernetes minor version among the images that this kind release was published with."""
GO = (1, 26)
"""The oldest Go that builds them."""

Version = tuple[int, ...]

_KUBERNETES_VERSION = " ".join(
    f"-X k8s.io/component-base/version.{name}={value}"
    for name, value in (
        ("gitVersion", f"v{KUBERNETES}"),
        ("gitMajor", KUBERNETES.split(".")[0]),
        ("gitMinor", KUBERNETES.split(".")[1]),
        ("gitTreeState", "clean"),
    )
)


@dataclass(frozen=True, slots=True)
class GoBuild:
    """How a tool is built from Go modules: `module` is a folder under modules/ with a go.mod and a go.sum."""

    module: str
    package: str
    seconds: int
    """Time of a build with an empty cache on 2 cores, after the tools before it in `TOOLS`."""
    ldflags: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """One command-line tool. Versions on PATH from `oldest` up to, but without, `below` are taken as they are."""

    name: str
    purpose: str
    version: str
    oldest: Version
    below: Version
    version_arguments: tuple[str, ...]
    build: GoBuild | None = None
    known_to_kwokctl: bool = False
    """Whether kwokctl tells where the official binary and its checksum are."""

    def accepts(self, version: Version) -> bool:
        return self.oldest <= version < self.below


def parse_version(text: str) -> Version | None:
    """The first `x.y.z` in a tool's answer."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in found.groups()) if found else None


def _kubernetes(
    name: str, purpose: str, seconds: int, *, oldest: Version, below: Version, client: bool = False
) -> Tool:
    return Tool(
        name=name,
        purpose=purpose,
        version=KUBERNETES,
        oldest=oldest,
        below=below,
        version_arguments=("version", "--client") if client else ("--version",),
        build=GoBuild("kubernetes", f"k8s.io/kubernetes/cmd/{name}", seconds, _KUBERNETES_VERSION),
        known_to_kwokctl=True,
    )


def _kwok(name: str, purpose: str, seconds: int) -> Tool:
    return Tool(
        name=name,
        purpose=purpose,
        version=KWOK,
        oldest=(0, 8, 0),
        below=(0, 9, 0),
        version_arguments=("--version",),
        build=GoBuild("kwok", f"sigs.k8s.io/kwok/cmd/{name}", seconds),
    )


_ALL = (
    _kwok("kwokctl", "starts and stops a simulated control plane", 90),
    _kwok("kwok", "simulates nodes and the life of their pods", 15),
    Tool(
        name="helm",
        purpose="installs a stack where Pulumi is not at hand, and renders charts",
        version=HELM,
        oldest=(4, 1, 0),
        below=(5, 0, 0),
        version_arguments=("version", "--short"),
        build=GoBuild("helm", "helm.sh/helm/v4/cmd/helm", 100, f"-X helm.sh/helm/v4/internal/version.version=v{HELM}"),
    ),
    # Kubernetes supports clients one minor version older or newer than the server.
    _kubernetes("kubectl", "talks to clusters", 35, oldest=(1, 35, 0), below=(1, 38, 0), client=True),
    Tool(
        name="etcd",
        purpose="keeps a simulated control plane's objects",
        version=ETCD,
        oldest=(3, 6, 0),
        below=(3, 7, 0),
        version_arguments=("--version",),
        build=GoBuild("etcd", "go.etcd.io/etcd/server/v3", 60),
        known_to_kwokctl=True,
    ),
    _kubernetes("kube-apiserver", "serves a simulated control plane's API", 240, oldest=(1, 36, 0), below=(1, 37, 0)),
    _kubernetes("kube-controller-manager", "runs its controllers", 80, oldest=(1, 36, 0), below=(1, 37, 0)),
    _kubernetes("kube-scheduler", "places pods on its nodes", 10, oldest=(1, 36, 0), below=(1, 37, 0)),
    Tool(
        name="pulumi",
        purpose="carries a stack out; preferred wherever it can be had",
        version="",
        oldest=(3, 200, 0),
        below=(4, 0, 0),
        version_arguments=("version",),
    ),
    Tool(
        name="kind",
        purpose="runs a local cluster with real pods on Docker",
        version=KIND,
        oldest=(0, 30, 0),
        below=(1, 0, 0),
        version_arguments=("version",),
        build=GoBuild("kind", "sigs.k8s.io/kind", 30),
    ),
)

TOOLS: dict[str, Tool] = {tool.name: tool for tool in _ALL}
"""By name, in the order in which they are built."""

SIMULATED = ("kwokctl", "kwok", "kubectl", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""What a simulated control plane needs."""
