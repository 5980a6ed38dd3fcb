"""A stack file as settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import UserError
from infra.paths import STACKS
from infra.settings.document import Document, KeyPath, Problem, StackError, dotted, read, shorten
from infra.settings.environment import EnvironmentSettings
from infra.settings.names import SECRETS
from infra.settings.validate import Invalid, validate
from infra.settings.words import nearest, suggestion

NAMESPACE = "groundwork"
ENVIRONMENT = "groundwork:environment"
LEAST = f"config:\n  {ENVIRONMENT}:\n    profile: small"
# What Pulumi itself keeps in a stack file beside `config`.
_PULUMIS = ("config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment")


@dataclass(frozen=True)
class Stack:
    """One environment: its name, its file, and what the file says."""

    name: str
    path: Path
    settings: EnvironmentSettings
    unset: tuple[Problem, ...] = ()
    """Encrypted values that the settings require and the file doesn't hold yet. Nothing offline needs them."""

    def require_secrets(self) -> None:
        """Raises `StackError` while one of them is unset: an installation can't do without."""
        if self.unset:
            raise StackError(self.path, list(self.unset))


def load(stack: str, *, stacks_dir: Path = STACKS) -> Stack:
    """The settings of `stacks_dir/Pulumi.<stack>.yaml`; raises `StackError` with everything that is wrong with it.

    Encrypted values may still be missing: see `Stack.unset`.
    """
    path = stack_path(stack, stacks_dir)
    document = read(path)
    problems = document.problems + list(_layout(document))
    settings, findings = None, []
    if not any(p.key in ("", ENVIRONMENT) for p in problems):
        try:
            settings = validate(document.data["config"][ENVIRONMENT], stack)
        except Invalid as error:
            findings = error.findings
    unread = {problem.key for problem in document.problems}
    for finding in findings:
        key: KeyPath = ("config", ENVIRONMENT, *finding.path)
        if dotted(key) not in unread:
            problems.append(Problem(document.place(key), dotted(key), finding.message))
    if problems or settings is None:
        raise StackError(path, problems)
    return Stack(name=stack, path=path, settings=settings, unset=tuple(_missing_secrets(document, settings)))


def stack_path(stack: str, stacks_dir: Path = STACKS) -> Path:
    """The file of a stack that exists."""
    known = stack_names(stacks_dir)
    if stack in known:
        return stacks_dir / f"Pulumi.{stack}.yaml"
    near = nearest(stack, known)
    there = ", ".join(known) if known else "none"
    raise UserError(
        f"there is no stack `{stack}`{f'; did you mean `{near}`?' if near else ''}\n"
        f"stacks in {shorten(stacks_dir)}: {there}\n"
        f"a new one starts as a copy: {shorten(stacks_dir)}/Pulumi.<name>.yaml"
    )


def stack_names(stacks_dir: Path = STACKS) -> list[str]:
    """Every stack that has a file, sorted."""
    return sorted(p.name.removeprefix("Pulumi.").removesuffix(".yaml") for p in stacks_dir.glob("Pulumi.?*.yaml"))


def _layout(document: Document) -> list[Problem]:
    """What is wrong around the environment: the file's own keys and the `groundwork:` namespace."""
    data = document.data
    if not isinstance(data, dict):
        what = "the file is empty" if data is None else "the file must be a mapping"
        return [Problem(document.value_place(()), "", f"{what}; the least is\n{LEAST}")]
    problems = [
        _problem(document, (key,), f"is not a key of a stack file; {suggestion(key, _PULUMIS)}")
        for key in data
        if key not in _PULUMIS
    ]
    config = data.get("config")
    if not isinstance(config, dict):
        what = "`config` is missing" if "config" not in data else "`config` must be a mapping"
        return [*problems, Problem(document.place(("config",)), "", f"{what}; the least is\n{LEAST}")]
    problems += _config_keys(document, config)
    if ENVIRONMENT not in config:
        problems.append(Problem(document.place(("config",)), "", f"`{ENVIRONMENT}` is missing; the least is\n{LEAST}"))
    return problems


def _config_keys(document: Document, config: dict[str, Any]) -> list[Problem]:
    known = [ENVIRONMENT, *(f"{NAMESPACE}:{name}" for name in SECRETS)]
    problems = []
    for key, value in config.items():
        namespace, colon, name = key.partition(":")
        if not colon:
            near = nearest(key, [k.partition(":")[2] for k in known])
            hint = f"did you mean `{NAMESPACE}:{near}`?" if near else f"a key is `<namespace>:{key}`"
            problems.append(_problem(document, ("config", key), f"has no namespace; {hint}"))
        elif namespace == NAMESPACE and key not in known:
            near = nearest(name, [k.partition(":")[2] for k in known])
            hint = f"did you mean `{NAMESPACE}:{near}`?" if near else f"known: {', '.join(known)}"
            problems.append(_problem(document, ("config", key), f"is not a key here; {hint}"))
        elif namespace == NAMESPACE and name in SECRETS and ciphertext(value) is None:
            problems.append(_problem(document, ("config", key), f"must be encrypted: {_set_command(name)}"))
    return problems


def ciphertext(value: Any) -> str | None:
    """The encrypted text of a `secure:` value."""
    return (
        value["secure"]
        if isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)
        else None
    )


def _missing_secrets(document: Document, settings: EnvironmentSettings) -> list[Problem]:
    return [
        _problem(
            document, ("config", f"{NAMESPACE}:{name}"), f"is missing: {SECRETS[name]}. Set it: {_set_command(name)}"
        )
        for name in settings.required_secrets
        if f"{NAMESPACE}:{name}" not in document.data["config"]
    ]


def _set_command(name: str) -> str:
    return f"`pulumi config set --secret {NAMESPACE}:{name}`"


def _problem(document: Document, path: KeyPath, message: str) -> Problem:
    return Problem(document.place(path), dotted(path), message)
