"""What a doctor says."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How one thing is. Only a problem keeps an `up` from its end."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "not checked"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    area: str
    """`tools`, `quotas` and so on: what belongs together."""
    subject: str
    verdict: Verdict
    message: str
    remedy: str = ""
    """What to do about it."""

    def to_json(self) -> dict[str, str]:
        """As data, with the verdict in words."""
        return {
            "area": self.area,
            "subject": self.subject,
            "verdict": self.verdict.value,
            "message": self.message,
            "remedy": self.remedy,
        }
