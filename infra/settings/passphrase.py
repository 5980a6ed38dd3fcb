"""Pulumi's passphrase secrets provider: reads what `pulumi config set --secret` wrote, without Pulumi.

Format, from pulumi/pulumi `pkg/secrets/passphrase` and `sdk/go/common/resource/config/crypt.go`: the stack file's
`encryptionsalt` is `v1:<salt>:<ciphertext of "pulumi">`, a ciphertext is `v1:<nonce>:<AES-256-GCM of the value>`, all
parts in base64; the key is PBKDF2-HMAC-SHA256 of the passphrase, 1,000,000 iterations, 32 bytes.
"""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.errors import UserError

ITERATIONS = 1_000_000
_CANARY = "pulumi"
_NONCE_BYTES = 12


class Undecipherable(Exception):
    """The text is not of the format, or the key is another one. The message says which, and never shows the text."""


class Crypter:
    """Encrypts and decrypts the values of one stack."""

    def __init__(self, passphrase: str, salt: bytes) -> None:
        self._cipher = AESGCM(hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ITERATIONS, 32))

    @classmethod
    def of_stack(cls, encryption_salt: str, passphrase: str) -> "Crypter":
        """The crypter of a stack file, checked against the canary in its `encryptionsalt`."""
        version, _, rest = encryption_salt.partition(":")
        salt, _, canary = rest.partition(":")
        if version != "v1" or not canary:
            raise Undecipherable("`encryptionsalt` is not of the form `v1:<salt>:v1:<nonce>:<ciphertext>`")
        crypter = cls(passphrase, _decode(salt))
        try:
            right = crypter.decrypt(canary) == _CANARY
        except Undecipherable:
            right = False
        if not right:
            raise Undecipherable("the passphrase is not the one that this stack's secrets were encrypted with")
        return crypter

    def decrypt(self, ciphertext: str) -> str:
        """The value of one `secure:` text."""
        parts = ciphertext.split(":")
        if len(parts) != 3 or parts[0] != "v1":
            raise Undecipherable("it is not of the form `v1:<nonce>:<ciphertext>`")
        nonce, message = _decode(parts[1]), _decode(parts[2])
        if len(nonce) != _NONCE_BYTES:
            raise Undecipherable("its nonce is damaged")
        try:
            return self._cipher.decrypt(nonce, message, None).decode()
        except (InvalidTag, UnicodeDecodeError):
            raise Undecipherable("it is damaged, or was encrypted for another stack") from None


def passphrase_from_environment() -> str:
    """The passphrase as Pulumi itself finds it, without ever asking."""
    phrase = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    if phrase is not None:
        return phrase
    file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not file:
        raise UserError(
            "this stack's secrets are encrypted with a passphrase: set PULUMI_CONFIG_PASSPHRASE_FILE (or "
            "PULUMI_CONFIG_PASSPHRASE)"
        )
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise UserError(f"PULUMI_CONFIG_PASSPHRASE_FILE: {file} can't be read: {reason}") from None


def _decode(part: str) -> bytes:
    try:
        return base64.b64decode(part, validate=True)
    except ValueError:
        raise Undecipherable("a part of it is not base64") from None
