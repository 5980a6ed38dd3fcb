"""Names of an environment on AWS, and the certificate for them."""

from components.dns.certificate import Certificate, CertificateArgs
from components.dns.outputs import Domain
from components.dns.zone import ExistingZone, ExistingZoneArgs, PublicZone, PublicZoneArgs

__all__ = [
    "Certificate",
    "CertificateArgs",
    "Domain",
    "ExistingZone",
    "ExistingZoneArgs",
    "PublicZone",
    "PublicZoneArgs",
]
