"""Gets tools: found on PATH or in the cache, else by their own installer, else built from Go modules."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.errors import UserError
from infra.paths import cache_dir
from infra.toolchain import building, downloading, golang, versions
from infra.toolchain.finding import find, refused_on_path, tools_dir, wanted_version
from infra.toolchain.locking import lock
from infra.toolchain.versions import TOOLS, Tool

OnProgress = Callable[[str], None]


def quiet(_: str) -> None:
    pass


def tool(name: str, *, offline: bool | None = None, on_progress: OnProgress = quiet) -> Path:
    """The path of one tool, which is downloaded or built if it is nowhere yet.

    `offline` defaults to GROUNDWORK_OFFLINE. Raises `UserError` if the tool can't be had here, `RunFailed` if getting
    it broke off and the same call would go on.
    """
    return tools([name], offline=offline, on_progress=on_progress)[name]


def tools(names: Iterable[str], *, offline: bool | None = None, on_progress: OnProgress = quiet) -> dict[str, Path]:
    """The paths of several tools; what is missing offline is told at once, not one by one."""
    wanted = _known(names)
    paths = {one.name: path for one in wanted if (path := find(one))}
    if len(paths) == len(wanted):
        return paths
    with _cache_errors(), lock(tools_dir() / ".lock", lambda: on_progress("waiting: another process is getting tools")):
        paths = {one.name: path for one in wanted if (path := find(one))}
        missing = [one for one in wanted if one.name not in paths]
        if is_offline(offline):
            _check_offline(missing)
        return paths | _Getting(is_offline(offline), on_progress).get(missing)


def is_offline(offline: bool | None = None) -> bool:
    """Whether the network must not be touched: as asked for, else by GROUNDWORK_OFFLINE."""
    if offline is not None:
        return offline
    return os.environ.get("GROUNDWORK_OFFLINE", "").lower() not in ("", "0", "false", "no")


class _Getting:
    def __init__(self, offline: bool, on_progress: OnProgress) -> None:
        self.offline = offline
        self.on_progress = on_progress
        self.refused = ""

    def get(self, missing: list[Tool]) -> dict[str, Path]:
        return {
            one.name: self._get_one(one, f"{number} of {len(missing)}") for number, one in enumerate(missing, start=1)
        }

    def _get_one(self, wanted: Tool, step: str) -> Path:
        if not self.offline:
            installed = self._install(wanted)
            if installed:
                return installed
        if wanted.build:
            try:
                return building.build(wanted, step, offline=self.offline, on_progress=self.on_progress)
            except UserError as error:
                raise UserError(_cannot_be_had(wanted, str(error))) from None
        raise UserError(
            _cannot_be_had(wanted, f"its own installer gave up: {self.refused}")
            + f"\nIt is in no package registry: install {wanted.name} yourself and put it on PATH."
        )

    def _install(self, wanted: Tool) -> Path | None:
        try:
            if wanted.name == "pulumi":
                return downloading.install_pulumi(wanted, self.on_progress)
            # Once refused, the network is not asked again in this run.
            kwokctl = find(TOOLS["kwokctl"]) if wanted.known_to_kwokctl and not self.refused else None
            return downloading.download(wanted, kwokctl, self.on_progress) if kwokctl else None
        except (downloading.Refused, downloading.NotPublished) as reason:
            if isinstance(reason, downloading.Refused):
                self.refused = str(reason)
            self.on_progress(f"{wanted.name}: no official download here ({reason})")
            return None


def _known(names: Iterable[str]) -> list[Tool]:
    asked = set(names)
    unknown = asked - TOOLS.keys()
    if unknown:
        raise UserError(f"no such tool: {', '.join(sorted(unknown))}. There are: {', '.join(TOOLS)}")
    return [one for one in TOOLS.values() if one.name in asked]


def _check_offline(missing: list[Tool]) -> None:
    go = golang.find_go()
    reasons = [reason for one in missing if (reason := _why_not_offline(one, go))]
    if reasons:
        raise UserError(
            "offline, and these tools are missing:\n  "
            + "\n  ".join(reasons)
            + "\nGive the command once without --offline (and without GROUNDWORK_OFFLINE), or put them on PATH."
        )


def _why_not_offline(wanted: Tool, go: Path | None) -> str | None:
    place = f"{wanted.name} {wanted_version(wanted)}: {refused_on_path(wanted)}, not in {tools_dir()}"
    if not wanted.build:
        return place
    if not go:
        return f"{place}, and no Go {'.'.join(map(str, versions.GO))} or newer to build it"
    try:
        golang.check_modules(go, wanted.build.module, wanted.build.package, offline=True)
    except UserError:
        return f"{place}, and Go's module cache lacks its sources"
    return None


def _cannot_be_had(wanted: Tool, reason: str) -> str:
    name = f"{wanted.name} {wanted_version(wanted)}"
    return f"{name} can't be had: {refused_on_path(wanted)}, not in {tools_dir()}; {reason}"


@contextmanager
def _cache_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or cache_dir()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(f"{where}: no space left. Free some in {cache_dir()}, or set GROUNDWORK_CACHE.") from None
        raise UserError(
            f"{where}: {error.strerror or error}. Tools are kept in {cache_dir()} (GROUNDWORK_CACHE)."
        ) from None
