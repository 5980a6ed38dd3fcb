"""Values of a Terraform state, on their way into a stack file."""

import difflib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin

from infra.errors import UserError
from infra.settings import EnvironmentSettings, StackError, load
from infra.settings.document import read as read_document
from infra.settings.document import shorten
from infra.settings.shape import at, child, kinds, plain
from infra.settings.stack import ENVIRONMENT, stack_path
from infra.settings.words import suggestion
from infra.settings.writing import put
from infra.terraform.address import Found, every, find
from infra.terraform.detect import UNASKED, Detected, ambiguous, detect
from infra.terraform.sources import Source
from infra.terraform.zones import by_zone

_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
_SAY_NOTHING = ("terraform", "state", "default", "s3:", "http:", "https:")


@dataclass(frozen=True)
class Change:
    """A value of the stack file that comes from Terraform."""

    key: str
    address: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Reading:
    """What reading a state makes of a stack file. Nothing is written yet."""

    stack: str
    path: Path
    source: str
    """The name under which the file keeps where the values come from."""
    before: str = field(repr=False)
    after: str = field(repr=False)
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    """What is there and was not taken, and why."""

    @property
    def diff(self) -> str:
        """The change, line by line."""
        name = shorten(self.path)
        lines = difflib.unified_diff(
            self.before.splitlines(True), self.after.splitlines(True), name, name, lineterm="\n"
        )
        return "".join(lines)

    def write(self) -> None:
        """Puts the new file in the old one's place, whole or not at all."""
        if self.after == self.before:
            return
        descriptor, draft = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(self.after)
            Path(draft).chmod(self.path.stat().st_mode & 0o777)
            Path(draft).replace(self.path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


@dataclass(frozen=True)
class Wish:
    """What a person asks for beside what is detected."""

    name: str | None = None
    """Under which name the file keeps the source."""
    map: Mapping[str, str] = field(default_factory=dict)
    """Address by key."""
    use: Sequence[str] = ()
    """Capabilities that are taken alone, in place of what the file has of another kind."""


def prepare(source: Source, stack: str, wish: Wish, stacks_dir: Path) -> Reading:
    """What would be written. Raises `UserError` where the state or the result is not right."""
    path = stack_path(stack, stacks_dir)
    document = read_document(path)
    environment = at(document.data, ("config", ENVIRONMENT))
    if document.problems or not isinstance(environment, Mapping):
        load(stack, stacks_dir=stacks_dir)
        raise UserError(f"{shorten(path)} can't be changed: `{ENVIRONMENT}` must be a mapping")
    return _Preparation(source, stack, path, environment, wish).reading()


class _Preparation:
    def __init__(self, source: Source, stack: str, path: Path, environment: Mapping[str, Any], wish: Wish) -> None:
        self._source, self._stack, self._path = source, stack, path
        self._environment, self._wish = environment, wish
        self._state = source.state
        self._notes: list[str] = []
        self._kinds: dict[str, str] = {}

    def reading(self) -> Reading:
        for section in self._wish.use:
            if section not in EnvironmentSettings.model_fields:
                raise UserError(f"--use {section}: {suggestion(section, [*EnvironmentSettings.model_fields])}")
        name, recorded = self._record()
        found: dict[str, Found] = {}
        for key, address in recorded.items():
            if not self._remapped(key):
                found[key] = self._again(key, address)
        for key, value in self._detected().items():
            found.setdefault(key, value)
        for key, address in self._wish.map.items():
            found.update(self._typed(key, (address,)))
        if not found:
            raise UserError(self._nothing())
        changes = tuple(self._changes(found))
        self._hold_account(changes)
        before = self._path.read_bytes().decode("utf-8-sig")
        after = self._written(before, changes, name, found)
        self._check(after)
        return Reading(self._stack, self._path, name, before, after, changes, tuple(self._notes))

    def _record(self) -> tuple[str, Mapping[str, str]]:
        """The source's name and what the file already has of it."""
        sources = at(self._environment, ("terraform", "sources")) or {}
        location, lineage = self._source.location, self._state.lineage
        same = [
            name for name, kept in sources.items() if location is not None and at(kept, ("location",)) == location
        ] or [name for name, kept in sources.items() if lineage is not None and at(kept, ("lineage",)) == lineage]
        name = self._wish.name or (same[0] if same else _name(location))
        if not _NAME.match(name):
            raise UserError(f"--name {name}: must be lower-case letters, digits and hyphens, like `network`")
        kept = sources.get(name) or {}
        if lineage and kept.get("lineage") not in (None, lineage) and not self._wish.name:
            raise UserError(
                f"{shorten(self._path)}: `terraform.sources.{name}` is of another state (lineage "
                f"{kept['lineage']}, not {lineage}): --name {name} replaces it, any other --name adds this one"
            )
        return name, kept.get("values") or {}

    def _remapped(self, key: str) -> bool:
        return any(key == mapped or key.startswith(f"{mapped}.") for mapped in self._wish.map)

    def _again(self, key: str, address: str) -> Found:
        try:
            return find(self._state, address)
        except UserError as error:
            raise UserError(
                f"{key} came from {address}: {error}. Give it another one: --map {key}=ADDRESS; or take its line under "
                f"`terraform.sources` out of {shorten(self._path)}"
            ) from None

    def _detected(self) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for detected in detect(self._state):
            if self._wanted(detected):
                self._kinds[detected.section] = detected.kind
                for key, addresses in detected.addresses.items():
                    found.update(self._try(f"{detected.section}.{key}", addresses))
        self._notes += [note for note in ambiguous(self._state) if not self._remapped(note.partition(":")[0])]
        return found

    def _try(self, key: str, addresses: Sequence[str]) -> dict[str, Found]:
        """As `_typed`; what was only detected, and can't be taken, is a note."""
        if self._remapped(key):
            return {}
        try:
            return self._typed(key, addresses)
        except UserError as error:
            self._notes.append(f"{key}: {error}")
            return {}

    def _wanted(self, detected: Detected) -> bool:
        if self._wish.use:
            return detected.section in self._wish.use
        given = self._environment.get(detected.section)
        if at(given, ("kind",)) == detected.kind or (given is None and detected.section in UNASKED):
            return True
        own = "none" if given is None else f"its own (`{at(given, ('kind',)) or 'without a kind'}`)"
        self._notes.append(f"{detected.section}: the file has {own}; --use {detected.section} takes Terraform's")
        return False

    def _typed(self, key: str, addresses: Sequence[str]) -> dict[str, Found]:
        """The values for one key as its setting takes them: a mapping's entries one by one."""
        annotation = self._annotation(key)
        if get_origin(annotation) is Mapping:
            return dict(self._entries(key, addresses))
        if len(addresses) == 1:
            return {key: find(self._state, addresses[0])}
        return {key: Found(_common(addresses), [find(self._state, address).value for address in addresses])}

    def _entries(self, key: str, addresses: Sequence[str]) -> Iterator[tuple[str, Found]]:
        items: list[Found] = []
        for address in addresses:
            found = list(every(self._state, address)) if "[*]" in address else [find(self._state, address)]
            if len(found) == 1 and isinstance(found[0].value, Mapping):
                for name in found[0].value:
                    yield f"{key}.{name}", find(self._state, f'{address}["{name}"]')
                return
            if len(found) == 1 and isinstance(found[0].value, list):
                found = list(every(self._state, f"{address}[*]"))
            items += found
        zones = by_zone(self._state, [item.value for item in items], key, addresses[0])
        known = self._zones()
        for zone, index in sorted(zones.items()):
            if known and zone not in known:
                self._notes.append(f"{key}: {items[index].address} is in {zone}, none of `account.zones`")
            else:
                yield f"{key}.{zone}", items[index]

    def _zones(self) -> list[str]:
        """The zones of the file's account; nothing if it doesn't say any."""
        region = at(self._environment, ("account", "region"))
        letters = at(self._environment, ("account", "zones"))
        return [f"{region}{letter}" for letter in letters] if region and letters else []

    def _annotation(self, key: str) -> Any:
        section, *rest = key.split(".")
        if section not in EnvironmentSettings.model_fields:
            raise UserError(
                f"--map {key}: is not a key here; {suggestion(section, [*EnvironmentSettings.model_fields])}"
            )
        here: Any = self._model(section, rest[0] if rest else "")
        for part in rest:
            below = plain(child(here, part))
            if below is Any:
                known = list(getattr(here, "model_fields", {}))
                raise UserError(f"--map {key}: `{part}` is not a key there; {suggestion(part, known)}")
            here = below
        return here

    def _model(self, section: str, key: str) -> Any:
        """The model behind a capability: of the kind that the file has, or that is to come."""
        annotation = EnvironmentSettings.model_fields[section].annotation
        by_kind = kinds(annotation)
        if not by_kind:
            return plain(annotation)
        given = at(self._environment, (section, "kind"))
        kind = self._kinds.get(section) or (given if section not in self._wish.use else None)
        if kind is None:
            fitting = [kind for kind, model in by_kind.items() if len(by_kind) == 1 or key in model.model_fields]
            if not fitting:
                known = [name for model in by_kind.values() for name in model.model_fields]
                raise UserError(f"--map {section}.{key}: `{key}` is not a key there; {suggestion(key, known)}")
            if len(fitting) > 1:
                raise UserError(
                    f"--map {section}.{key}: which kind of {section}? Write `kind` into the stack file first; kinds: "
                    f"{', '.join(by_kind)}"
                )
            kind = self._kinds[section] = fitting[0]
        if kind not in by_kind:
            raise UserError(f"`{section}.kind` is no kind here; kinds: {', '.join(by_kind)}")
        return by_kind[kind]

    def _changes(self, found: Mapping[str, Found]) -> Iterator[Change]:
        for key in sorted(found, key=_order):
            old = at(self._environment, tuple(key.split(".")))
            yield Change(key, found[key].address, old, found[key].value)

    def _hold_account(self, changes: Sequence[Change]) -> None:
        """Refuses what belongs to another account than the environment."""
        for change in changes:
            if change.key in ("account.id", "account.region") and change.old not in (None, change.new):
                what = "account" if change.key.endswith("id") else "region"
                raise UserError(
                    f"the state is of another {what}: {change.address} is {change.new}, `{change.key}` of "
                    f"{shorten(self._path)} is {change.old}"
                )

    def _written(self, text: str, changes: Sequence[Change], name: str, found: Mapping[str, Found]) -> str:
        base = ("config", ENVIRONMENT)
        sections = list(EnvironmentSettings.model_fields)
        for section, kind in self._kinds.items():
            given = at(self._environment, (section, "kind"))
            if given != kind:
                mine: dict[str, Any] = {"kind": kind, **_nested(section, changes)}
                text = put(text, (*base, section), mine, sections)
        for change in changes:
            if change.old != change.new:
                path = tuple(change.key.split("."))
                order = sections if len(path) == 1 else list(self._keys(path[:-1]))
                text = put(text, (*base, *path), change.new, order)
        record = {"location": self._source.location, "lineage": self._state.lineage, "serial": self._state.serial}
        entry: dict[str, Any] = {key: value for key, value in record.items() if value is not None}
        entry["values"] = {key: found[key].address for key in sorted(found, key=_order)}
        if entry != at(self._environment, ("terraform", "sources", name)):
            text = put(text, (*base, "terraform", "sources", name), entry, sections)
        return text

    def _keys(self, path: Sequence[str]) -> Iterator[str]:
        annotation = self._annotation(".".join(path))
        yield from getattr(annotation, "model_fields", {})

    def _check(self, text: str) -> None:
        """Loads the new text as a stack file: what is not right about it is said before anything is written."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / self._path.name).write_text(text, encoding="utf-8")
            try:
                load(self._stack, stacks_dir=Path(folder))
            except StackError as error:
                # What is recorded of a refused value is refused with it.
                own = [p for p in error.problems if ".terraform.sources." not in p.key] or list(error.problems)
                problems = StackError(self._path, own)
                notes = "".join(f"\nnot taken: {note}" for note in self._notes)
                raise UserError(
                    f"with these values the stack file would not be right; nothing was written\n{problems}{notes}"
                ) from None

    def _nothing(self) -> str:
        outputs = sorted(name for name, output in self._state.outputs.items() if not output.sensitive)
        there = ", ".join(f"output.{name}" for name in outputs[:12]) or "no output that is not sensitive"
        resources = sorted({instance.type for instance in self._state.instances})
        more = f" and resources of type {', '.join(resources[:12])}" if resources else ""
        notes = "".join(f"\n{note}" for note in self._notes)
        return (
            f"nothing in this state is known to belong into {shorten(self._path)}; it has {there}{more}. "
            f"Say what belongs where: --map SECTION.KEY=output.NAME{notes}"
        )


def _name(location: str | None) -> str:
    """A name for a source: what its file is called, or else the folder that it is in."""
    words = (location or "").partition("?")[0].split("/")
    telling = [re.sub(r"(\.tfstate|\.json)$", "", word) for word in words]
    telling = [word for word in telling if re.search("[A-Za-z]", word) and word not in _SAY_NOTHING]
    return re.sub(r"[^a-z0-9]+", "-", telling[-1].lower()).strip("-") if telling else "terraform"


def _common(addresses: Sequence[str]) -> str:
    """`aws_subnet.private[*].id` for those of all its indices."""
    return re.sub(r"\[[^\]]*\](?=\.[^.]*$)", "[*]", addresses[0])


def _order(key: str) -> tuple[int, str]:
    sections = list(EnvironmentSettings.model_fields)
    section = key.split(".")[0]
    return (sections.index(section) if section in sections else len(sections), key)


def _nested(section: str, changes: Sequence[Change]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for change in changes:
        first, *path = change.key.split(".")
        if first == section and path:
            here = tree
            for part in path[:-1]:
                here = here.setdefault(part, {})
            here[path[-1]] = change.new
    return tree
