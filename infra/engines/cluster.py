"""A cluster's API through `kubectl proxy` on a private socket: kubectl signs in however the kubeconfig says."""

import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from infra.engines.process import Child
from infra.errors import RunFailed, UserError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

FIELD_MANAGER = "helm"
"""Helm's own: a dry run under this name tells what Helm's apply would change, removed fields included."""

_PARALLEL = 8
_REQUEST_TIMEOUT = 30.0
_START_TIMEOUT = 20.0


@dataclass(frozen=True)
class Target:
    """Where an environment runs: a kubeconfig (None means kubectl's usual one) and its context (None: the current)."""

    kind: str
    """`simulated`, `kind` or `existing`."""
    kubeconfig: Path | None = None
    context: str | None = None

    @property
    def flags(self) -> list[str]:
        """For kubectl, as a person would type them."""
        flags = ["--kubeconfig", str(self.kubeconfig)] if self.kubeconfig else []
        return flags + (["--context", self.context] if self.context else [])

    def __str__(self) -> str:
        where = f"context {self.context}" if self.context else "the current context"
        return f"the {self.kind} cluster" if self.kind != "existing" else f"the existing cluster ({where})"


class ApiError(Exception):
    """The API server's refusal. `fields` are the paths that it complains about."""

    def __init__(self, status: int, reason: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.fields = fields


class _SocketConnection(HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Cluster:
    """Reads and writes objects. Use it in a `with` block; its methods may be called from several threads."""

    def __init__(self, target: Target, kubectl: Path) -> None:
        self.target = target
        self._kubectl = kubectl
        self._local = threading.local()
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}
        self._pool = ThreadPoolExecutor(_PARALLEL)

    def __enter__(self) -> "Cluster":
        self._folder = tempfile.TemporaryDirectory(prefix="groundwork-")
        self._socket = Path(self._folder.name) / "api"
        self._log = (Path(self._folder.name) / "log").open("w+b")
        argv = [str(self._kubectl), *self.target.flags, "proxy", "--unix-socket", str(self._socket)]
        self._proxy = Child(argv, output=self._log)
        try:
            self._await_socket()
            self._check()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._proxy.end()
        self._log.close()
        self._folder.cleanup()

    def _await_socket(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            try:
                _SocketConnection(self._socket, 1).connect()
            except OSError:
                if self._proxy.wait(0.02) is not None or time.monotonic() > deadline:
                    self._log.seek(0)
                    said = self._log.read().decode(errors="replace").strip()
                    raise UserError(f"{self.target} can't be used: {said or 'kubectl proxy did not start'}") from None
            else:
                return

    def _check(self) -> None:
        try:
            self.request("GET", "/version", timeout=10.0)
        except (ApiError, RunFailed) as error:
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip().splitlines()
            detail = said[-1] if len(said) > 1 else str(error)
            raise UserError(
                f"{self.target} can't be reached: {detail}\nIs it running, and are its credentials valid? "
                f"See for yourself: kubectl {' '.join(self.target.flags)} version"
            ) from None

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: str = "application/json",
        timeout: float = _REQUEST_TIMEOUT,
    ) -> Any:
        """One call; its JSON, or text where the answer is none. Raises `ApiError` for a refusal."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content} if data is not None else {}
        try:
            status, text = self._exchange(method, path, data, headers, timeout)
        except (OSError, HTTPException) as error:
            raise RunFailed(
                f"{self.target} stopped answering ({error or type(error).__name__}); the same command goes on"
            ) from None
        try:
            answer = json.loads(text)
        except ValueError:
            answer = text.decode(errors="replace")
        if status >= 400:
            raise _refusal(status, answer)
        return answer

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str], timeout: float
    ) -> tuple[int, bytes]:
        for attempt in range(2):
            connection = getattr(self._local, "connection", None) or _SocketConnection(self._socket, timeout)
            try:
                connection.request(method, path, data, dict(headers))
                response = connection.getresponse()
                text = response.read()
            except (OSError, HTTPException):
                connection.close()
                self._local.connection = None
                # A kept connection may have been closed meanwhile. Every call of ours can be repeated.
                if attempt:
                    raise
            else:
                self._local.connection = connection
                return response.status, text
        raise AssertionError

    def each(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """The answers, in order; calls run side by side."""
        return list(self._pool.map(function, items))

    def path(self, manifest: Mapping[str, Any], name: str | None = None) -> str:
        """The address of an object. Raises `ApiError` 404 when the cluster has no such kind."""
        plural, namespaced = self._kind(manifest["apiVersion"], manifest["kind"])
        namespace = manifest["metadata"].get("namespace") if namespaced else None
        return self.address(
            manifest["apiVersion"], plural, namespace, name if name is not None else manifest["metadata"]["name"]
        )

    def address(self, version: str, plural: str, namespace: str | None = None, name: str = "") -> str:
        """The address of an object, or of a collection without a name."""
        root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        inner = f"/namespaces/{quote(namespace)}" if namespace else ""
        return f"{root}{inner}/{plural}" + (f"/{quote(name, safe=':')}" if name else "")

    def namespaced(self, manifest: Mapping[str, Any]) -> bool:
        """Whether objects of this kind live in a namespace."""
        return self._kind(manifest["apiVersion"], manifest["kind"])[1]

    def learn(self, versions: Iterable[str]) -> None:
        """Asks for several API groups' kinds at once; later calls know them."""
        self.each(self._discover, sorted(set(versions) - self._kinds.keys()))

    def _kind(self, version: str, kind: str) -> tuple[str, bool]:
        if version not in self._kinds:
            self._discover(version)
        found = self._kinds[version].get(kind)
        if found is None:
            self._kinds.pop(version)
            raise ApiError(404, "NoKind", f"the cluster knows no {kind} in {version}")
        return found

    def _discover(self, version: str) -> None:
        root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        try:
            resources = self.request("GET", root)["resources"]
        except ApiError as error:
            if error.status != 404:
                raise
            resources = []
        self._kinds[version] = {r["kind"]: (r["name"], r["namespaced"]) for r in resources if "/" not in r["name"]}

    def get(self, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
        """The live object, None where there is none (or no such kind)."""
        try:
            return self.read(self.path(manifest))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def read(self, path: str) -> dict[str, Any] | None:
        """The object at an address, None where there is none."""
        try:
            answer: dict[str, Any] = self.request("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return answer

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        """The objects of a collection; none where the namespace is absent."""
        try:
            answer = self.request("GET", path + ("?" + urlencode(query) if query else ""))
        except ApiError as error:
            if error.status == 404:
                return []
            raise
        items: list[dict[str, Any]] = answer["items"]
        return items

    def apply(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Server-side apply, as Helm does it: our fields win, unknown fields are refused."""
        query = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        path = f"{self.path(manifest)}?{urlencode(query)}"
        answer: dict[str, Any] = self.request("PATCH", path, manifest, content="application/apply-patch+yaml")
        return answer

    def merge(self, path: str, patch: Mapping[str, Any]) -> None:
        """JSON merge patch."""
        self.request("PATCH", path, patch, content="application/merge-patch+json")

    def delete(self, path: str, *, propagation: str = "Background") -> None:
        """Deletes what is there; absence is success."""
        try:
            self.request("DELETE", path, {"propagationPolicy": propagation})
        except ApiError as error:
            if error.status != 404:
                raise


def _refusal(status: int, answer: Any) -> ApiError:
    if not isinstance(answer, dict):
        return ApiError(status, "", str(answer).strip() or f"HTTP status {status}")
    details = answer.get("details") or {}
    fields = tuple(cause["field"] for cause in details.get("causes", []) if cause.get("field"))
    return ApiError(status, answer.get("reason", ""), answer.get("message", ""), fields)
