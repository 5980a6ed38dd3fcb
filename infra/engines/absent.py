"""A cluster that the environment itself makes, before it is made."""

from pathlib import Path
from types import TracebackType
from typing import Any

from infra.engines.cluster import ApiError, Cluster, Target


class AbsentCluster(Cluster):
    """Nothing is in it: every question is answered by «not there», and whoever looks for objects finds none."""

    def __init__(self, target: Target) -> None:
        super().__init__(target, Path("kubectl"))

    def __enter__(self) -> "AbsentCluster":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def request(self, method: str, path: str, body: Any = None, **_: Any) -> Any:
        """Refuses with status 404, like a server that has no such object."""
        raise ApiError(404, "NotFound", f"{self.target} is not there yet")
