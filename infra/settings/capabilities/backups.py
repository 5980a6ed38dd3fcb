"""Copies of what holds data on AWS."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import AwsRegion, Days, DnsLabel, EmailAddress, Settings, Tuple


class VaultLock(Settings):
    """For how long nobody can delete a backup."""

    mode: Literal["governance", "compliance"] = Field("governance", examples=["governance"])
    """`governance`: who may take the lock away still can. `compliance`: nobody at all, once `grace_days` are over."""
    min_days: Days = Field(7, examples=[7])
    """Days for which no backup can be deleted. None may be kept for fewer."""
    grace_days: Annotated[int, Field(ge=3, le=36500)] = Field(7, examples=[7])
    """Days in which a lock of mode `compliance` can still be taken away."""


class BackupCopy(Settings):
    """A copy of every backup in another region."""

    region: AwsRegion = Field(examples=["eu-west-1"])
    """Where the copies go."""
    keep_days: Days = Field(35, examples=[35])
    """Days for which copies are kept."""


class AwsBackups(Settings):
    """AWS Backup: the database on RDS, buckets on S3, volumes of the cluster, into a vault with a key of its own."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",), "cluster": ("eks", "existing_eks")}

    kind: Literal["aws_backup"]
    """AWS Backup."""
    hour: Annotated[int, Field(ge=0, le=23)] = Field(2, examples=[2])
    """Hour (UTC) after which backups are taken."""
    daily: Days = Field(35, examples=[35])
    """Days for which each day's backup is kept."""
    weekly: Days | None = Field(None, examples=[90])
    """Days for which Sunday's is kept; none: there is none besides the daily ones."""
    monthly: Days | None = Field(None, examples=[365])
    """Days for which the first of the month's is kept; none: there is none besides the others."""
    buckets: Tuple[DnsLabel] = Field(("artifacts", "data"), examples=[["artifacts", "data"]])
    """Buckets on S3 that are backed up, by their purpose."""
    volumes: bool = True
    """Back up the volumes that pods claim on an EKS cluster of this environment."""
    lock: VaultLock | None = None
    """For how long nobody can delete a backup; none: who may delete backups can."""
    elsewhere: BackupCopy | None = None
    """A copy of every backup in another region."""
    emails: Tuple[EmailAddress] = ()
    """Who gets mail when a backup, copy or restore did not end well."""


Backup = Annotated[AwsBackups, Field()]
