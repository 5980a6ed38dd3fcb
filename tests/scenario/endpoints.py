"""What a data scientist is given of an environment."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Addresses and credentials, however they came up. URLs lead here from this machine."""

    tracking_url: str
    tracking_user: str
    tracking_password: str = field(repr=False)
    registry_url: str
    registry_user: str
    registry_password: str = field(repr=False)
    object_storage_url: str
