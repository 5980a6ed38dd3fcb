"""Who did what in the account."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import Days, LogDays, Settings


class AuditLock(Settings):
    """For how long nobody can delete or overwrite a log."""

    mode: Literal["governance", "compliance"] = Field("governance", examples=["governance"])
    """`governance`: who holds `s3:BypassGovernanceRetention` still can. `compliance`: nobody at all, for good."""
    days: Days = Field(365, examples=[365])
    """Days for which each log is locked."""


class CloudtrailAudit(Settings):
    """CloudTrail: every call to AWS in every region of the account, into a locked bucket of its own."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",)}

    kind: Literal["cloudtrail"]
    """A trail over all regions, into a locked bucket."""
    lock: AuditLock = AuditLock()
    """For how long nobody can delete or overwrite a log."""
    expire_after: Days = Field(400, examples=[400])
    """Days after which logs are deleted: no fewer than they are locked."""
    data_events: bool = False
    """Record each read and write of objects in the platform's own buckets too. Billed by the event."""
    cloudwatch: bool = False
    """Deliver to a CloudWatch log group as well, to search and to alarm on."""
    log_days: LogDays = Field(90, examples=[90])
    """Days that the CloudWatch log group keeps."""
    config: bool = False
    """AWS Config with managed rules over the region. Leave it off where the account has a recorder: it can have one."""


Audit = Annotated[CloudtrailAudit, Field()]
