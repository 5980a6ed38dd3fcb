"""Whether AWS has the machines and the places that settings name, as the catalog knows them."""

from collections.abc import Iterable, Iterator

from infra.catalog import (
    InstanceType,
    database_class,
    database_classes,
    instance_families,
    instance_family,
    instance_type,
    instance_types,
    rds_certificate,
    region,
    regions,
)
from infra.settings.words import nearest


def wrong_region(name: str) -> str | None:
    """What is wrong with a region's name."""
    return None if region(name) else f"is no AWS region of the catalog; {_meant(name, regions(), 'eu-central-1')}"


def wrong_zones(region_name: str, letters: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Which of an account's zones its region lacks, by their index; nothing for an unknown region."""
    known = region(region_name)
    if known is None:
        return
    for index, letter in enumerate(letters):
        if letter not in known.zones:
            yield index, f"is no zone of {region_name}; it has {', '.join(known.zones)}"
        elif index >= known.zones_per_account:
            yield index, f"is one too many: an account has {known.zones_per_account} zones in {region_name}"


def wrong_instance_type(
    name: str, region_name: str, *, gpus: bool = False, architecture: str | None = None
) -> str | None:
    """What is wrong with an EC2 instance type: unknown, without the GPUs or the architecture asked for, not on offer.

    `architecture` is the AMI's: `x86_64` or `arm64`.
    """
    type_ = instance_type(name)
    if type_ is None:
        return f"is no EC2 instance type of the catalog; {_meant(name, instance_types(), 'm7g.large')}"
    if gpus and not type_.gpus:
        return f"has no GPU{_instead(type_)}"
    if architecture and type_.architecture != architecture:
        return f"is {type_.architecture}, and the AMI is {architecture}"
    known = region(region_name)
    if known is not None and known.offers(name) is False:
        return f"is not on offer in {region_name}"
    return None


def wrong_instance_family(name: str, region_name: str, *, gpus: bool = False, architecture: str) -> str | None:
    """What is wrong with a family of EC2 instance types, by what its types have in common."""
    types = instance_family(name)
    if not types:
        return f"is no family of EC2 instance types; {_meant(name, instance_families(), 'm7g')}"
    wrong = [wrong_instance_type(type_.name, region_name, gpus=gpus, architecture=architecture) for type_ in types]
    return wrong[0] if all(wrong) else None


def wrong_database_class(name: str) -> str | None:
    """What is wrong with an RDS instance class for PostgreSQL."""
    if database_class(name):
        return None
    return f"is no RDS instance class for PostgreSQL; {_meant(name, database_classes(), 'db.m7g.large')}"


def no_database_authority(region_name: str) -> str | None:
    """What is missing where the catalog has no certificate of RDS's authority in a region."""
    if rds_certificate(region_name):
        return None
    return (
        f"is missing: the catalog knows no certificate of RDS in {region_name}; "
        "AWS's is at https://truststore.pki.rds.amazonaws.com"
    )


def _meant(name: str, known: Iterable[str], example: str) -> str:
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else f"one is named like `{example}`"


def _instead(type_: InstanceType) -> str:
    device = type_.accelerator
    return f" (its accelerators are {device.vendor} {device.name})" if device else "; g6, g6e and p5 types have"
