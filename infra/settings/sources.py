"""Where the root secret and the secrets that others minted come from."""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from infra.errors import UserError
from infra.paths import environment_dir
from infra.settings.document import Document, dotted, read, shorten
from infra.settings.environment import EnvironmentSettings
from infra.settings.names import SECRETS
from infra.settings.secrets import RootSecret, SecretValues
from infra.settings.stack import ENVIRONMENT, LEAST, NAMESPACE, Stack, ciphertext
from infra.settings.validate import Invalid, validate

if TYPE_CHECKING:
    from infra.settings.passphrase import Crypter

ROOT_BYTES = 32
_SHORTEST = 32


class Config(Protocol):
    """What is needed of `pulumi.Config`."""

    def get(self, key: str) -> str | None:
        """The value as text: an object as JSON, a secret in clear."""


def root_secret(stack: Stack, *, create: bool = False) -> RootSecret:
    """The stack's root secret with the secrets that its settings require; `create` makes a machine's own if missing."""
    stack.require_secrets()
    names = stack.settings.required_secrets
    values = _decrypted(stack, names) if names else {}
    return _assembled(stack.name, stack.settings, values, create)


def placeholder_root_secret(settings: EnvironmentSettings | None = None) -> RootSecret:
    """A fixed root secret for graphs that nobody installs. It protects nothing."""
    return RootSecret(
        value=b"placeholder: not a secret at all",
        generations=settings.credential_generations if settings else {},
        given=SecretValues({name: f"placeholder-{name}" for name in SECRETS}),
    )


def from_config(config: Config, stack: str) -> tuple[EnvironmentSettings, RootSecret]:
    """What `load` and `root_secret` return, read from `pulumi.Config("groundwork")` inside a program."""
    text = config.get(ENVIRONMENT.partition(":")[2])
    if text is None:
        raise UserError(f"stack `{stack}` has no `{ENVIRONMENT}`: the least of Pulumi.{stack}.yaml is\n{LEAST}")
    try:
        data = json.loads(text)
    except ValueError:
        data = text
    try:
        settings = validate(data, stack)
    except Invalid as error:
        lines = [f"{dotted((ENVIRONMENT, *f.path))}: {f.message}" for f in error.findings]
        raise UserError("\n".join([f"the settings of stack `{stack}` are not right", *lines])) from None
    values = {}
    for name in settings.required_secrets:
        # A plain `get` of an encrypted value is a bare text: from here on it lives inside RootSecret alone.
        value = config.get(name)
        if value is None:
            raise UserError(
                f"{NAMESPACE}:{name} is missing: {SECRETS[name]}. "
                f"Set it: `pulumi config set --secret {NAMESPACE}:{name}`"
            )
        values[name] = value
    return settings, _assembled(stack, settings, values, create=True)


def _assembled(stack: str, settings: EnvironmentSettings, values: Mapping[str, str], create: bool) -> RootSecret:
    if settings.root_secret.kind == "config":
        root = values["root_secret"].encode()
        if len(root) < _SHORTEST:
            raise UserError(
                f"{NAMESPACE}:root_secret is too short: {_SHORTEST} characters or more, like `openssl rand -hex 32`"
            )
    else:
        root = _machine_secret(stack, create)
    given = {name: value for name, value in values.items() if name != "root_secret"}
    return RootSecret(value=root, generations=settings.credential_generations, given=SecretValues(given))


def has_no_machine_secret(stack: Stack) -> bool:
    """Whether this machine was never given the root secret that the stack says it keeps."""
    return stack.settings.root_secret.kind == "machine" and not _machine_file(stack.name).exists()


def forget_root_secret(stack: Stack) -> bool:
    """Deletes the root secret that this machine made, once nothing needs it. Returns whether there was one."""
    if stack.settings.root_secret.kind != "machine" or has_no_machine_secret(stack):
        return False
    _machine_file(stack.name).unlink()
    return True


def _machine_file(stack: str) -> Path:
    return environment_dir(stack) / "root-secret"


def _machine_secret(stack: str, create: bool) -> bytes:
    path = _machine_file(stack)
    if create and not path.exists():
        _make(path)
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"stack `{stack}` has no root secret on this machine yet: `groundwork up {stack}` makes it"
        ) from None
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from None
    if len(secret) != ROOT_BYTES:
        raise UserError(
            f"{path} is damaged: it holds {len(secret)} bytes and not {ROOT_BYTES}. Restore it from a backup. "
            f"Without one, its credentials are lost: groundwork destroy {stack} --confirm {stack}, then delete the file"
        )
    if path.stat().st_mode & 0o077:
        raise UserError(f"{path} may be read by others on this machine: `chmod 600 {path}`")
    return secret


def _make(path: Path) -> None:
    """Writes whole or not at all, and never over one that another process has just made."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(ROOT_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        raise UserError(f"{path} can't be written: {error.strerror}") from None
    finally:
        Path(draft).unlink()


def _decrypted(stack: Stack, names: tuple[str, ...]) -> dict[str, str]:
    from infra.settings.passphrase import Undecipherable

    document = read(stack.path)
    crypter = _crypter(stack, document)
    values = {}
    for name in names:
        key = f"{NAMESPACE}:{name}"
        text = ciphertext(document.data["config"].get(key))
        try:
            values[name] = crypter.decrypt(text or "")
        except Undecipherable as error:
            place = document.place(("config", key))
            raise UserError(f"{shorten(stack.path)}:{place.line}: {key} can't be decrypted: {error}") from None
    return values


def _crypter(stack: Stack, document: Document) -> "Crypter":
    from infra.settings.passphrase import Crypter, Undecipherable, passphrase_from_environment

    file = shorten(stack.path)
    provider = document.data.get("secretsprovider")
    if provider and provider != "passphrase":
        scheme = str(provider).partition("://")[0]
        raise UserError(
            f"{file}: its secrets are encrypted by `{scheme}`, which only Pulumi can reach: run with `--engine pulumi`"
        )
    salt = document.data.get("encryptionsalt")
    if not isinstance(salt, str):
        raise UserError(
            f"{file}: `encryptionsalt` is missing, so its secrets belong to a backend that only Pulumi can reach: "
            "run with `--engine pulumi`"
        )
    try:
        return Crypter.of_stack(salt, passphrase_from_environment())
    except Undecipherable as error:
        raise UserError(f"{file}: {error} (PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE)") from None
