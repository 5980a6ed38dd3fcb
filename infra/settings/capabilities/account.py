"""The AWS account that an environment lives in."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import AccountId, AwsRegion, FrozenMap, PolicyArn, Settings, Text, Tuple, Zone

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
_DOMAINS = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}


def partition(region: str) -> str:
    """AWS's own name of the separate world that a region belongs to."""
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")


def domain(region: str) -> str:
    """In which the names of a region's services end."""
    return _DOMAINS.get(partition(region), "amazonaws.com")


def service_host(service: str, region: str) -> str:
    """Where a service answers in a region: `s3.eu-central-1.amazonaws.com`."""
    return f"{service}.{region}.{domain(region)}"


class AwsAccount(Settings):
    """An AWS account, and what holds for everything in it. Every other AWS kind needs it."""

    kind: Literal["aws"]
    """An AWS account."""
    id: AccountId
    """The account. With credentials of another one nothing is done."""
    region: AwsRegion
    """Region of everything but what AWS keeps globally."""
    zones: Annotated[Tuple[Zone], Field(min_length=2, max_length=3, examples=[["a", "b"]])] = ("a", "b", "c")
    """Availability zones by their letters: two or three."""
    tags: FrozenMap[Text] = Field(default_factory=dict, validate_default=True, examples=[{"cost-center": "ml"}])
    """Tags on everything that takes tags, beside the platform's own. Cost allocation goes by them."""
    protection: Literal["on", "off"] = "on"
    """Whether what holds data is protected from deletion, and stays when the environment goes."""
    permission_boundary: PolicyArn | None = None
    """Policy that bounds every role of the platform."""

    @property
    def partition(self) -> str:
        """First part of every ARN after `arn:` (AWS's own naming of its separate worlds)."""
        return partition(self.region)

    @property
    def zone_names(self) -> tuple[str, ...]:
        """`eu-central-1a` and so on."""
        return tuple(f"{self.region}{zone}" for zone in self.zones)


Account = Annotated[AwsAccount, Field()]
