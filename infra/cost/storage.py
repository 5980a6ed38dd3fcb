"""What storage and databases cost."""

from collections.abc import Iterator

from infra.cost.model import Gap, Line
from infra.cost.view import View, number

FREE_IOPS = 3000
FREE_MIBPS = 125
"""Of every gp3 volume (https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html)."""


def volume(view: View) -> Iterator[Line | Gap]:
    """An EBS volume that Pulumi makes. Other types than gp3 are priced as gp3."""
    size, type_ = number(view.inputs.get("size")), view.inputs.get("type", "gp2")
    yield view.line("gp3 volume", size, "GB", "ebs_gp3_gb")
    if type_ != "gp3":
        yield Gap(f"{view.resource.name}: an EBS volume of type {type_} is priced as gp3")
    yield from _above(view, "iops", FREE_IOPS, "IOPS", "ebs_gp3_iops")
    yield from _above(view, "throughput", FREE_MIBPS, "MiB/s", "ebs_gp3_mibps")


def _above(view: View, key: str, free: float, unit: str, price: str) -> Iterator[Line]:
    more = number(view.inputs.get(key)) - free
    if more > 0:
        yield view.line(f"gp3 {unit} beyond {free:g}", more, unit, price)


def bucket(view: View) -> Iterator[Line | Gap]:
    yield from view.assumed("s3_standard_gb", "S3 Standard", "GB", "s3_standard_gb")
    yield from view.assumed("s3_infrequent_gb", "S3 Standard-IA", "GB", "s3_infrequent_gb")
    yield from view.assumed("s3_glacier_instant_gb", "S3 Glacier Instant Retrieval", "GB", "s3_glacier_instant_gb")
    yield from view.assumed("s3_glacier_gb", "S3 Glacier Flexible Retrieval", "GB", "s3_glacier_gb")
    yield from view.assumed("s3_writes", "write requests", "requests", "s3_write_request")
    yield from view.assumed("s3_reads", "read requests", "requests", "s3_read_request")


def repository(view: View) -> Iterator[Line | Gap]:
    """A repository, or a pull-through cache, whose repositories AWS makes."""
    yield from view.assumed("ecr_gb", "images", "GB", "ecr_gb")


def database(view: View) -> Iterator[Line | Gap]:
    """An RDS instance for PostgreSQL. A standby in another zone doubles instance and storage."""
    class_name, copies = str(view.inputs.get("instanceClass")), 2 if view.inputs.get("multiAz") else 1
    price = view.prices.database(class_name)
    if price is None:
        yield Gap(f"{view.resource.name}: no price is known of {class_name} in {view.prices.region}")
    else:
        yield view.hours(class_name, copies, price)
        if price.stands_in:
            yield Gap(f"{view.resource.name}: {price.stands_in}")
    yield view.line("database storage", copies * number(view.inputs.get("allocatedStorage")), "GB", "rds_gp3_gb")
    yield from view.assumed("database_backup_gb", "backups", "GB", "backup_rds_gb")
    if view.inputs.get("manageMasterUserPassword"):
        yield view.line("secret of the master user", 1, "secret", "secret")


def backup_plan(view: View) -> Iterator[Line | Gap]:
    """What a plan keeps, and its copies elsewhere, at this region's price."""
    yield from view.assumed("backup_gb", "backups", "GB", "backup_s3_gb")
    copies = max((len(rule.get("copyActions") or ()) for rule in view.inputs.get("rules") or ()), default=0)
    if copies:
        kept = copies * view.usage.of("backup_gb", view.resource.name)
        yield view.line("copies of backups", kept, "GB", "backup_s3_gb")
