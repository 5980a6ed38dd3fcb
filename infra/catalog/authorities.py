"""Whom to trust: certificates that clients of AWS's services verify servers against."""

from dataclasses import dataclass

from infra.catalog.facts import facts


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A certificate authority of Amazon RDS."""

    identifier: str
    """By which RDS knows it."""
    certificate: str
    """Its root, PEM."""


def rds_authority(region: str) -> Authority | None:
    """Who signs the certificates of databases in a region; none where the catalog doesn't know."""
    known = facts("authorities")
    certificate = known["regions"].get(region)
    return Authority(identifier=known["identifier"], certificate=certificate) if certificate else None
