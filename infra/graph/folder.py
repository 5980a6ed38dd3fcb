"""Keeps a folder in step with a rendering, without touching what others put there."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.errors import UserError
from infra.graph.render import Rendering

RECORD = ".groundwork.json"
_DRAFTS = ".groundwork-drafts"


def write(rendering: Rendering, folder: Path) -> list[str]:
    """Makes the folder hold exactly these files of ours; returns the paths of stale ones that it removed.

    Files of others stay; where one of them stands in the way, or the folder belongs to another stack, raises
    `UserError` before anything is changed. A write that is cut short is completed by the next one.
    """
    own = _recorded(folder, rendering.stack)
    _refuse_foreign(rendering.files, own, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _drafts(folder) as drafts:
            _draft(rendering, drafts)
            # From here on every file that may be there is recorded as ours.
            _record(rendering.stack, own | set(rendering.files), folder, drafts)
            for path in rendering.files:
                target = folder / path
                target.parent.mkdir(exist_ok=True)
                (drafts / path).replace(target)
            stale = sorted(own - set(rendering.files))
            _remove(stale, folder)
            _record(rendering.stack, set(rendering.files), folder, drafts)
    except OSError as error:
        raise UserError(f"{error.filename or folder} can't be written: {error.strerror}") from None
    return stale


def _recorded(folder: Path, stack: str) -> set[str]:
    record = folder / RECORD
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; --out needs a folder")
    try:
        known = json.loads(record.read_text())
        own, owner = {str(path) for path in known["files"]}, known["stack"]
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(
            f"{record} can't be read as a record of rendered files; delete it, or choose another folder"
        ) from None
    if owner != stack:
        raise UserError(f"{folder} holds the rendering of stack {owner}; choose another folder for {stack}")
    if any(Path(path).is_absolute() or ".." in Path(path).parts for path in own):
        raise UserError(f"{record} names files outside of {folder}; delete it, or choose another folder")
    return own


def _refuse_foreign(paths: Iterable[str], own: set[str], folder: Path) -> None:
    in_the_way = sorted(
        path
        for path in paths
        if (path not in own and os.path.lexists(folder / path))
        or (folder / path).parent.is_symlink()
        or ((folder / path).parent.exists() and not (folder / path).parent.is_dir())
    )
    if in_the_way:
        listed = ", ".join(in_the_way[:3]) + (f" and {len(in_the_way) - 3} more" if len(in_the_way) > 3 else "")
        raise UserError(f"{folder} already holds files of others where these would go: {listed}; choose another folder")


@contextmanager
def _drafts(folder: Path) -> Iterator[Path]:
    """A folder beside the files, so that moving from it is atomic. One that a killed run left is cleared."""
    drafts = folder / _DRAFTS
    shutil.rmtree(drafts, ignore_errors=True)
    drafts.mkdir(mode=0o700)
    try:
        yield drafts
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


def _draft(rendering: Rendering, drafts: Path) -> None:
    for path, text in rendering.files.items():
        draft = drafts / path
        draft.parent.mkdir(exist_ok=True)
        mode = 0o600 if path in rendering.secret else 0o644
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)


def _record(stack: str, paths: set[str], folder: Path, drafts: Path) -> None:
    draft = drafts / RECORD
    draft.write_text(json.dumps({"stack": stack, "files": sorted(paths)}, indent=1) + "\n")
    draft.replace(folder / RECORD)


def _remove(paths: Iterable[str], folder: Path) -> None:
    for path in paths:
        target = folder / path
        target.unlink(missing_ok=True)
        if target.parent != folder and target.parent.is_dir() and not any(target.parent.iterdir()):
            target.parent.rmdir()
