"""What no graph can know: how much will be used. Every assumption that mattered is printed with the estimate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from infra.errors import UserError


@dataclass(frozen=True, slots=True)
class Assumption:
    """How much of something a month uses."""

    default: float
    meaning: str


ASSUMPTIONS: Mapping[str, Assumption] = {
    "alb_lcu": Assumption(1, "load balancer capacity units, on average, of each load balancer"),
    "backup_gb": Assumption(100, "GB that each AWS Backup plan keeps of buckets and volumes"),
    "config_items": Assumption(1000, "configuration items that AWS Config records"),
    "config_evaluations": Assumption(100, "evaluations of each AWS Config rule"),
    "database_backup_gb": Assumption(0, "GB of each database's backups beyond the size of its storage, which is free"),
    "dns_queries": Assumption(1_000_000, "queries of each hosted zone"),
    "ecr_gb": Assumption(10, "GB of images in each repository, and behind each pull-through cache"),
    "endpoint_gb": Assumption(50, "GB through each interface endpoint"),
    "flow_log_gb": Assumption(10, "GB of flow logs delivered to a bucket"),
    "gpu_hours": Assumption(160, "hours that one node of each GPU pool runs, where the pool starts from none"),
    "internet_gb": Assumption(100, "GB to the internet, beyond the 100 that are free"),
    "kms_requests": Assumption(100_000, "requests to each KMS key"),
    "log_gb": Assumption(5, "GB into each log group"),
    "nat_gb": Assumption(100, "GB through each NAT gateway"),
    "s3_glacier_gb": Assumption(0, "GB in S3 Glacier Flexible Retrieval, in each bucket"),
    "s3_glacier_instant_gb": Assumption(0, "GB in S3 Glacier Instant Retrieval, in each bucket"),
    "s3_infrequent_gb": Assumption(0, "GB in S3 Standard-Infrequent Access, in each bucket"),
    "s3_reads": Assumption(1_000_000, "read requests to each bucket"),
    "s3_standard_gb": Assumption(100, "GB in S3 Standard, in each bucket"),
    "s3_writes": Assumption(100_000, "write requests to each bucket"),
    "secret_requests": Assumption(10_000, "requests to each secret"),
    "trail_data_events": Assumption(1_000_000, "data events, of each trail that records them"),
    "zones_gb": Assumption(500, "GB between zones"),
}


@dataclass
class Usage:
    """The assumptions of one estimate: the defaults, and what was said instead.

    `given` maps a key (`nat_gb`), or a key and one resource's name (`gpu_hours@training`), to a number.
    """

    given: Mapping[str, float] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict, init=False)
    """Which assumptions mattered, with their values."""

    def of(self, key: str, resource: str) -> float:
        """How much of it this resource uses a month."""
        narrow = f"{key}@{resource}"
        named = narrow if narrow in self.given else key
        self.used[named] = self.given.get(named, ASSUMPTIONS[key].default)
        return self.used[named]


def parse(texts: Iterable[str]) -> dict[str, float]:
    """`KEY=NUMBER` and `KEY@RESOURCE=NUMBER` as given on the command line."""
    from infra.settings.words import suggestion

    given: dict[str, float] = {}
    for text in texts:
        named, _, number = text.partition("=")
        key = named.partition("@")[0]
        if key not in ASSUMPTIONS:
            raise UserError(f"--assume {text}: {key or 'nothing'} is no assumption; {suggestion(key, [*ASSUMPTIONS])}")
        given[named] = _number(text, number)
    return given


def refuse_idle(given: Iterable[str], *used: Iterable[str]) -> None:
    """Raises `UserError` for what was said and mattered in no estimate: most likely a name is misspelled."""
    known = {named for names in used for named in names}
    idle = [named for named in given if named not in known]
    if idle:
        raise UserError(
            f"nothing here uses {', '.join(idle)}; leave it out, or put another resource's name after the @"
        )


def _number(text: str, number: str) -> float:
    try:
        value = float(number.replace("_", ""))
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise UserError(f"--assume {text}: write KEY=NUMBER, like nat_gb=500, with a number of at least 0")
    return value
