"""EC2 instance types and RDS instance classes: what they hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from infra.catalog.facts import facts

_GPU_VENDORS = ("AMD", "NVIDIA")
_RESERVED_MEBIBYTES = 255 + 11 * 110 + 100
"""What EKS nodes keep for themselves with 110 pods, and their eviction threshold (awslabs/amazon-eks-ami, nodeadm)."""


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """What of an instance type computes beside its CPUs."""

    vendor: str
    name: str
    """`L4`, `H100`, `Trainium`."""
    count: int
    """Devices as pods see them; a partitioned GPU counts as one."""
    memory: float
    """GiB of each device."""


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """One EC2 instance type, or the one that an RDS instance class is made of."""

    name: str
    architecture: str
    """As EC2 and AMIs name it: `x86_64` or `arm64`."""
    vcpus: int
    memory: float
    """GiB."""
    accelerator: Accelerator | None = None

    @property
    def family(self) -> str:
        """`m7g` of `m7g.large`."""
        return self.name.partition(".")[0]

    @property
    def gpus(self) -> int:
        """How many GPUs it has. AWS's own accelerators (Inferentia, Trainium) are none."""
        return self.accelerator.count if self.accelerator and self.accelerator.vendor in _GPU_VENDORS else 0

    @property
    def pod_millicores(self) -> int:
        """What a node of EKS leaves to pods: 6 % of the first core, 1 % of the second, 0.5 % of the next two and 0.25 %
        of the rest it keeps (nodeadm as well)."""
        shares = [60, 10, 5, 5] + [2.5] * max(0, self.vcpus - 4)
        return self.vcpus * 1000 - int(sum(shares[: self.vcpus]))

    @property
    def pod_mebibytes(self) -> int:
        """Memory that a node of EKS leaves to pods."""
        return int(self.memory * 1024) - _RESERVED_MEBIBYTES


def instance_type(name: str) -> InstanceType | None:
    """The EC2 instance type of this name (`m7g.large`); none: the catalog knows no such type."""
    family, _, size = name.partition(".")
    return _family(family).get(size)


def instance_types() -> Iterator[str]:
    """The names of all EC2 instance types, family by family."""
    for family in instance_families():
        yield from (type_.name for type_ in _family(family).values())


def instance_families() -> tuple[str, ...]:
    """The names of all families of EC2 instance types."""
    return tuple(facts("instance_types")["families"])


def instance_family(name: str) -> tuple[InstanceType, ...]:
    """The EC2 instance types of a family (`m7g`); none: the catalog knows no such family."""
    return tuple(_family(name).values())


def database_class(name: str) -> InstanceType | None:
    """What an RDS instance class for PostgreSQL holds (`db.m7g.large`); none: RDS has no such class.

    A class is named after the EC2 type that it runs on.
    """
    prefix, _, type_name = name.partition(".")
    family, _, size = type_name.partition(".")
    if prefix != "db" or size not in facts("database_classes")["families"].get(family, "").split():
        return None
    return instance_type(type_name)


def database_classes() -> Iterator[str]:
    """The names of all RDS instance classes for PostgreSQL."""
    for family, sizes in facts("database_classes")["families"].items():
        yield from (f"db.{family}.{size}" for size in sizes.split())


@cache
def _family(family: str) -> Mapping[str, InstanceType]:
    """The types of one family by their size. A size is written `xlarge 4/16` (vCPUs, GiB) or, with accelerators,
    `xlarge 4/16/1` (how many) or `large 2/8/1x2861` (how many, of how many MiB each)."""
    entry = facts("instance_types")["families"].get(family)
    if entry is None:
        return {}
    types = {}
    for text in entry["sizes"].split(", "):
        size, _, numbers = text.partition(" ")
        vcpus, memory, *devices = numbers.split("/")
        types[size] = InstanceType(
            name=f"{family}.{size}",
            architecture=entry["architecture"],
            vcpus=int(vcpus),
            memory=float(memory),
            accelerator=_accelerator(entry["accelerator"], devices[0]) if devices else None,
        )
    return types


def _accelerator(entry: Mapping[str, str], devices: str) -> Accelerator:
    count, _, memory = devices.partition("x")
    mebibytes = int(memory or entry["memory"])
    return Accelerator(vendor=entry["vendor"], name=entry["name"], count=int(count), memory=mebibytes / 1024)
