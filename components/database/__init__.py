"""Databases for the platform's services."""

from components.database.inputs import BackupArgs, CertificateArgs, ConsumerArgs, PostgresqlDatabaseArgs, RoleArgs
from components.database.postgresql import PostgresqlDatabase

__all__ = [
    "BackupArgs",
    "CertificateArgs",
    "ConsumerArgs",
    "PostgresqlDatabase",
    "PostgresqlDatabaseArgs",
    "RoleArgs",
]
