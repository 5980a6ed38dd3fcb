"""One root secret an environment; every credential that the platform mints is derived from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra.errors import UserError


@dataclass(frozen=True)
class SecretValues:
    """Secrets that others minted, by their key in the `groundwork:` namespace. Its repr never shows them."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> str:
        if name not in self.values:
            raise UserError(
                f"the encrypted value `groundwork:{name}` is missing: `pulumi config set --secret groundwork:{name}`"
            )
        return self.values[name]


@dataclass(frozen=True)
class RootSecret:
    """Derives credentials by HKDF-SHA256 (RFC 5869), and carries those that others minted. Its repr shows neither."""

    value: bytes = field(repr=False)
    generations: Mapping[str, int] = field(default_factory=dict)
    given: SecretValues = field(default_factory=SecretValues)

    def derive(self, credential: str, length: int = 32) -> bytes:
        """Key material for one credential, named `<component>/<who>`, at its present generation."""
        info = f"groundwork/{credential}/{self.generations.get(credential, 1)}".encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self.value)

    def password(self, credential: str) -> str:
        """192 bits as 48 hexadecimal characters: safe in URLs, shells and configuration files."""
        return self.derive(credential, 24).hex()
