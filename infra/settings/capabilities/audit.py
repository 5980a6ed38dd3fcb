"""Who did what in the account."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import Days, LogDays, Settings


class AuditLock(Settings):
    """For how long nobody can delete or overwrite a log."""

    mode: Literal["governance", "compliance"] = "governance"
    """`governance`: who may bypass it still can (`s3:BypassGovernanceRetention`). `compliance`: nobody can before the
    days are over, not even the account's root, and it can't be undone."""
    days: Days = 365
    """Days for which each log is locked."""


class CloudtrailAudit(Settings):
    """CloudTrail: every call to AWS in every region of the account, into a locked bucket of its own."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",)}

    kind: Literal["cloudtrail"]
    """A trail over all regions, into a locked bucket."""
    lock: AuditLock = AuditLock()
    """For how long nobody can delete or overwrite a log."""
    expire_after: Days = 400
    """Days after which logs are deleted: no fewer than they are locked."""
    data_events: bool = False
    """Record each read and write of objects in the platform's own buckets too. Billed by the event."""
    cloudwatch: bool = False
    """Deliver to a CloudWatch log group as well, to search and to alarm on."""
    log_days: LogDays = Field(90, examples=[90])
    """Days that the CloudWatch log group keeps."""
    config: bool = False
    """AWS Config: record what each resource of the region looks like, and hold it against managed rules. An account has
    room for one recorder in a region; leave this off where there is one already."""


Audit = Annotated[CloudtrailAudit, Field()]
