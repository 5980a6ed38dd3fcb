"""The certificates that an environment derives: always the same bytes, and good enough for the strictest client."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import RootSecret
from infra.settings.certificates import ServerCertificate, server_certificate

ROOT = b"certificates" * 4
NAMES = ["database.mlops-database.svc", "localhost"]
openssl = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(openssl is None, reason="openssl is not on PATH")


def derived(**generations: int) -> ServerCertificate:
    names = {f"database/{key}": number for key, number in generations.items()}
    return server_certificate(RootSecret(ROOT, names), "database", NAMES)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert openssl
    return subprocess.run([openssl, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    certificate = derived()
    (tmp_path / "ca.crt").write_text(certificate.ca_certificate)
    (tmp_path / "tls.crt").write_text(certificate.certificate)
    (tmp_path / "tls.key").write_text(certificate.private_key)
    return tmp_path


def test_another_process_derives_the_same_bytes() -> None:
    program = (
        "from infra.settings import RootSecret\n"
        "from infra.settings.certificates import server_certificate\n"
        f"made = server_certificate(RootSecret({ROOT!r}), 'database', {NAMES!r})\n"
        "print(made.ca_certificate + made.certificate + made.private_key, end='')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo"},
    )
    here = derived()
    assert answer.stdout == here.ca_certificate + here.certificate + here.private_key


def test_a_new_generation_of_the_server_changes_its_key_and_not_the_authority() -> None:
    before, after = derived(), derived(server=2)
    assert after.private_key != before.private_key
    assert after.certificate != before.certificate
    assert after.ca_certificate == before.ca_certificate


def test_a_new_generation_of_the_authority_signs_the_same_key_anew() -> None:
    before, after = derived(), derived(ca=2)
    assert after.ca_certificate != before.ca_certificate
    assert after.certificate != before.certificate
    assert after.private_key == before.private_key


def test_another_environment_has_another_authority() -> None:
    other = server_certificate(RootSecret(b"another one!" * 4), "database", NAMES)
    assert other.ca_certificate != derived().ca_certificate
    assert other.private_key != derived().private_key


def test_the_key_shows_in_no_representation() -> None:
    assert "PRIVATE" not in repr(derived())


@needs_openssl
@pytest.mark.parametrize("name", NAMES)
def test_openssl_trusts_the_server_under_each_of_its_names(files: Path, name: str) -> None:
    chain = ("-x509_strict", "-purpose", "sslserver", "-CAfile", str(files / "ca.crt"))
    answer = run("verify", *chain, "-verify_hostname", name, str(files / "tls.crt"))
    assert answer.returncode == 0, answer.stderr


@needs_openssl
def test_openssl_trusts_the_server_under_no_other_name(files: Path) -> None:
    answer = run("verify", "-CAfile", str(files / "ca.crt"), "-verify_hostname", "evil.svc", str(files / "tls.crt"))
    assert "hostname mismatch" in answer.stderr


@needs_openssl
def test_the_servers_certificate_can_sign_no_other(files: Path) -> None:
    text = run("x509", "-in", str(files / "tls.crt"), "-noout", "-text").stdout
    assert "CA:FALSE" in text
    assert run("verify", "-CAfile", str(files / "tls.crt"), str(files / "tls.crt")).returncode != 0


@needs_openssl
def test_the_key_is_the_certificates_own(files: Path) -> None:
    public = run("x509", "-in", str(files / "tls.crt"), "-noout", "-pubkey").stdout
    assert public
    assert run("pkey", "-in", str(files / "tls.key"), "-pubout").stdout == public
