"""What a server stores in place of a password, derived with its salt: the server's side never holds the password."""

import base64
import hashlib
import hmac

import bcrypt

from infra.settings.secrets import RootSecret

# PostgreSQL's own default (`scram_iterations`). The passwords are 192 random bits: no count of iterations matters.
_SCRAM_ITERATIONS = 4096
# The lowest that bcrypt knows, about 1 ms: a proxy pays it on every request, and 192 random bits need no stretching.
_BCRYPT_COST = 4
_BCRYPT_ALPHABET = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)


def scram_verifier(secrets: RootSecret, credential: str) -> str:
    """The credential's password as PostgreSQL keeps it (SCRAM-SHA-256, RFC 5803): fit for `ALTER ROLE … PASSWORD`."""
    salt = _salt(secrets, credential)
    salted = hashlib.pbkdf2_hmac("sha256", secrets.password(credential).encode(), salt, _SCRAM_ITERATIONS)
    stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    return f"SCRAM-SHA-256${_SCRAM_ITERATIONS}:{_b64(salt)}${_b64(stored)}:{_b64(_hmac(salted, b'Server Key'))}"


def htpasswd_line(secrets: RootSecret, credential: str, user: str) -> str:
    """`user:hash` for nginx, oauth2-proxy and the registry (bcrypt)."""
    encoded = _b64(_salt(secrets, credential)).rstrip("=").translate(_BCRYPT_ALPHABET)
    hashed = bcrypt.hashpw(secrets.password(credential).encode(), f"$2b${_BCRYPT_COST:02}${encoded}".encode())
    return f"{user}:{hashed.decode()}"


def _salt(secrets: RootSecret, credential: str) -> bytes:
    # The password is the first 24 bytes of the credential's material, the salt what follows.
    return secrets.derive(credential, 40)[24:]


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
