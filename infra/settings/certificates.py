"""Certificates that derive from the root secret: a pure function, so that every run declares the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.settings.secrets import RootSecret

# No clock is read, so the dates are fixed and far apart. A certificate ends by its credential's next generation.
_NOT_BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
_NOT_AFTER = datetime(2125, 1, 1, tzinfo=UTC)

# Order of the group P-256 (SEC 2, section 2.4.2).
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class ServerCertificate:
    """A server's certificate and key, and the certificate that clients verify it against. All PEM."""

    ca_certificate: str
    certificate: str
    private_key: str = field(repr=False)


def server_certificate(secrets: RootSecret, credential: str, names: Sequence[str]) -> ServerCertificate:
    """A certificate for the DNS names, signed by an authority of this credential's own.

    `<credential>/ca` and `<credential>/server` are the credentials whose generations rotate the two keys.
    """
    authority, ca_key = _authority(secrets, f"{credential}/ca")
    key, serial = _identity(secrets, f"{credential}/server")
    certificate = (
        _builder(key, serial, subject=_name(names[0]), issuer=authority.subject)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
            critical=False,
        )
        .sign(ca_key, SHA256(), ecdsa_deterministic=True)
    )
    return ServerCertificate(
        ca_certificate=_pem(authority),
        certificate=_pem(certificate),
        private_key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )


def _authority(secrets: RootSecret, credential: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key, serial = _identity(secrets, credential)
    name = _name(f"groundwork {credential}")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(key, serial, subject=name, issuer=name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, SHA256(), ecdsa_deterministic=True)
    )
    return certificate, key


def _identity(secrets: RootSecret, credential: str) -> tuple[ec.EllipticCurvePrivateKey, int]:
    """A key and the serial number of its certificate."""
    material = secrets.derive(credential, 56)
    # 64 bits more than the order needs make the remainder's bias negligible (FIPS 186-5, A.2.1).
    scalar = int.from_bytes(material[:40]) % (_P256_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1()), int.from_bytes(material[40:]) | 1


def _builder(
    key: ec.EllipticCurvePrivateKey, serial: int, *, subject: x509.Name, issuer: x509.Name
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(serial)
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .public_key(key.public_key())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
