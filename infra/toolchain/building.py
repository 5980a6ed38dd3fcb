"""Builds tools from Go modules. A finished one appears in the cache at once; a broken-off one goes on from there."""

import os
import re
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from infra.errors import RunFailed, UserError
from infra.toolchain import golang
from infra.toolchain.finding import cached_path, tools_dir, version_of
from infra.toolchain.versions import GoBuild, Tool, parse_version

_REPORT_EVERY = 5.0
_REPORT_SLOWLY_EVERY = 20.0


def build(tool: Tool, step: str, *, offline: bool, on_progress: Callable[[str], None]) -> Path:
    """Builds one tool into the cache. The caller holds the cache's lock. `step` is `2 of 7`."""
    plan = tool.build
    if plan is None:
        raise UserError(f"{tool.name} can't be built from Go modules")
    go = golang.get_go(offline=offline, on_progress=on_progress)
    golang.check_modules(go, plan.module, plan.package, offline=offline)
    title = f"{tool.name} {tool.version} (build {step})"
    on_progress(f"{title}: from Go modules, likely {_duration(plan.seconds)} on 2 cores, less if begun before")
    scratch = tools_dir() / ".building"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        _compile(go, plan, scratch / tool.name, title, offline=offline, on_progress=on_progress)
        return keep(tool, scratch / tool.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def keep(tool: Tool, binary: Path) -> Path:
    """Moves a binary into the cache after it has told the right version."""
    binary.chmod(0o755)
    version = version_of(binary, tool.version_arguments)
    wanted = parse_version(tool.version)
    if version is None or (wanted and version != wanted):
        raise RunFailed(f"{tool.name} was made but doesn't say that it is {tool.version}; it was not kept")
    target = cached_path(tool)
    target.parent.mkdir(parents=True, exist_ok=True)
    binary.replace(target)
    link(target)
    return target


def link(binary: Path) -> None:
    """Lists a cached tool in the one folder that has them all."""
    together = tools_dir() / "bin"
    together.mkdir(parents=True, exist_ok=True)
    new = together / f".{binary.name}"
    new.unlink(missing_ok=True)
    new.symlink_to(os.path.relpath(binary, together))
    new.replace(together / binary.name)


def _compile(
    go: Path, plan: GoBuild, output: Path, title: str, *, offline: bool, on_progress: Callable[[str], None]
) -> None:
    environment = golang.environment(offline=offline)
    folder = golang.MODULES / plan.module
    packages = _count_packages(go, plan, environment)
    command: list[str | Path] = [
        go,
        "build",
        "-v",
        "-mod=readonly",
        "-ldflags",
        f"-s -w {plan.ldflags}".strip(),
        "-o",
        output,
        plan.package,
    ]
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        log = _follow(process, lambda compiled: on_progress(_state(title, compiled, packages, began, plan.seconds)))
        status = process.wait()
    if status:
        raise _explain(title, log)
    on_progress(f"{title}: done in {_duration(time.monotonic() - began)}")


def _follow(process: subprocess.Popen[str], report: Callable[[int], None]) -> list[str]:
    """Reads what Go says (a line per package, then errors) and reports how many packages are done."""
    log: list[str] = []
    began = reported = time.monotonic()
    stream = process.stderr
    assert stream is not None  # noqa: S101 - asked for above
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        try:
            while True:
                if selector.select(_REPORT_EVERY):
                    line = stream.readline()
                    if not line:
                        return log
                    log.append(line.rstrip())
                now = time.monotonic()
                if now - reported >= (_REPORT_EVERY if now - began < 60 else _REPORT_SLOWLY_EVERY):
                    reported = now
                    report(len(log))
        except BaseException:
            process.terminate()
            raise


def _count_packages(go: Path, plan: GoBuild, environment: dict[str, str]) -> int:
    listed = subprocess.run(
        [go, "list", "-deps", plan.package],
        cwd=golang.MODULES / plan.module,
        env=environment,
        capture_output=True,
        text=True,
    )
    return len(listed.stdout.splitlines())


def _state(title: str, compiled: int, packages: int, began: float, likely: int) -> str:
    elapsed = time.monotonic() - began
    usual = f"of likely {_duration(likely)}" if elapsed < likely else f"(on 2 idle cores {_duration(likely)})"
    return f"{title}: {compiled} of at most {packages} packages, {_duration(elapsed)} {usual}"


def _explain(title: str, log: list[str]) -> Exception:
    text = "\n".join(log)
    if "no space left on device" in text:
        where = re.search(r"(\S+): no space left on device", text)
        return UserError(f"{title}: no space left on device" + (f" for {where[1]}" if where else ""))
    errors = [line for line in log if ":" in line or line.startswith("go")][-5:] or log[-5:]
    return RunFailed(f"{title} broke off:\n  " + "\n  ".join(errors) + "\nThe same command goes on from here.")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
