"""Whom to trust: certificates that clients of AWS's services verify servers against."""

from infra.catalog.facts import facts


def rds_authority() -> str:
    """By which name RDS knows the authority that signs the certificates of databases."""
    return str(facts("authorities")["identifier"])


def rds_certificate(region: str) -> str | None:
    """That authority's root in a region, PEM; none where the catalog doesn't know."""
    certificate: str | None = facts("authorities")["regions"].get(region)
    return certificate
