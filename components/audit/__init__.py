"""Audit: who did what in the account, where nobody can change it afterwards."""

from components.audit.cloudtrail import CloudtrailAudit, CloudtrailAuditArgs
from components.audit.recorder import ConfigRecorder, ConfigRecorderArgs

__all__ = ["CloudtrailAudit", "CloudtrailAuditArgs", "ConfigRecorder", "ConfigRecorderArgs"]
