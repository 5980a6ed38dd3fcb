"""What servers keep in place of passwords."""

import base64
import hashlib
import hmac

import bcrypt

from infra.settings import RootSecret
from infra.settings.verifiers import htpasswd_line, scram_verifier

SECRETS = RootSecret(b"verifiers" * 4)


def scram_accepts(verifier: str, password: str) -> bool:
    """The server's side of RFC 5803, written from the RFC."""
    scheme, rounds_and_salt, keys = verifier.split("$")
    rounds, salt = rounds_and_salt.split(":")
    stored, server = (base64.b64decode(key) for key in keys.split(":"))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return (
        scheme == "SCRAM-SHA-256"
        and hashlib.sha256(client).digest() == stored
        and hmac.digest(salted, b"Server Key", "sha256") == server
    )


def test_postgresql_accepts_the_password_and_no_other() -> None:
    verifier = scram_verifier(SECRETS, "database/tracking")
    assert scram_accepts(verifier, SECRETS.password("database/tracking"))
    assert not scram_accepts(verifier, SECRETS.password("database/dump"))


def test_nginx_accepts_the_password_and_no_other() -> None:
    user, hashed = htpasswd_line(SECRETS, "tracking/admin", "groundwork").split(":")
    assert user == "groundwork"
    assert bcrypt.checkpw(SECRETS.password("tracking/admin").encode(), hashed.encode())
    assert not bcrypt.checkpw(SECRETS.password("registry/push").encode(), hashed.encode())


def test_verifiers_are_the_same_every_time_and_never_hold_the_password() -> None:
    for verifier in (scram_verifier(SECRETS, "database/tracking"), htpasswd_line(SECRETS, "database/tracking", "u")):
        assert SECRETS.password("database/tracking") not in verifier
    assert scram_verifier(SECRETS, "database/tracking") == scram_verifier(SECRETS, "database/tracking")
    assert htpasswd_line(SECRETS, "tracking/admin", "u") == htpasswd_line(SECRETS, "tracking/admin", "u")


def test_a_new_generation_has_another_verifier() -> None:
    rotated = RootSecret(SECRETS.value, {"database/tracking": 2})
    assert scram_verifier(rotated, "database/tracking") != scram_verifier(SECRETS, "database/tracking")
    assert htpasswd_line(rotated, "database/tracking", "u") != htpasswd_line(SECRETS, "database/tracking", "u")
