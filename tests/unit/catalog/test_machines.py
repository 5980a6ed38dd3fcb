"""EC2 types, RDS classes, regions and support windows, as the catalog knows them."""

from pathlib import Path

import pytest

from infra import catalog
from infra.catalog import (
    Accelerator,
    database_class,
    database_classes,
    eks_versions,
    instance_type,
    instance_types,
    postgresql_versions,
    refresh,
    region,
    regions,
)

CATALOG = Path(catalog.__file__).parent


@pytest.mark.parametrize(
    ("name", "architecture", "vcpus", "memory", "accelerator"),
    [
        ("m7g.large", "arm64", 2, 8, None),
        ("t3.nano", "x86_64", 2, 0.5, None),
        ("g5.12xlarge", "x86_64", 48, 192, ("NVIDIA", "A10G", 4, 22)),
        ("g6e.2xlarge", "x86_64", 8, 64, ("NVIDIA", "L40S", 1, 44)),
        ("gr6.4xlarge", "x86_64", 16, 128, ("NVIDIA", "L4", 1, 22)),
        ("p4d.24xlarge", "x86_64", 96, 1152, ("NVIDIA", "A100", 8, 40)),
        ("p5.48xlarge", "x86_64", 192, 2048, ("NVIDIA", "H100", 8, 80)),
        ("p5e.48xlarge", "x86_64", 192, 2048, ("NVIDIA", "H200", 8, 141)),
        ("inf2.24xlarge", "x86_64", 96, 384, ("AWS", "Inferentia2", 6, 32)),
        ("trn1.32xlarge", "x86_64", 128, 512, ("AWS", "Trainium", 16, 32)),
    ],
)
def test_what_a_type_holds(
    name: str, architecture: str, vcpus: int, memory: float, accelerator: tuple[str, str, int, int] | None
) -> None:
    type_ = instance_type(name)
    assert type_ and (type_.name, type_.architecture, type_.vcpus, type_.memory) == (name, architecture, vcpus, memory)
    assert _device(type_.accelerator) == accelerator


def _device(device: Accelerator | None) -> tuple[str, str, int, int] | None:
    return (device.vendor, device.name, device.count, int(device.memory)) if device else None


def test_parts_of_a_gpu_have_their_own_memory_and_count_as_one() -> None:
    parts = [instance_type(f"g6f.{size}") for size in ("large", "2xlarge", "4xlarge")]
    assert [(p.gpus, round(p.accelerator.memory, 1)) for p in parts if p and p.accelerator] == [
        (1, 2.8),
        (1, 5.6),
        (1, 11.2),
    ]


def test_accelerators_of_aws_are_no_gpus() -> None:
    assert [type_.gpus for name in ("inf2.xlarge", "trn1.2xlarge") if (type_ := instance_type(name))] == [0, 0]


@pytest.mark.parametrize("name", ["m7g.huge", "m99.large", "m7g", "", "db.m7g.large", ".large"])
def test_what_is_no_type(name: str) -> None:
    assert instance_type(name) is None


def test_a_database_class_is_what_its_type_is() -> None:
    assert database_class("db.r7g.2xlarge") == instance_type("r7g.2xlarge")
    assert [database_class(name) for name in ("r7g.large", "db.m7g.metal", "db.g5.xlarge", "db.m7g.medium")] == [
        None
    ] * 4
    assert [name for name in database_classes() if database_class(name) is None] == []


def test_the_files_are_what_the_recorded_answers_say() -> None:
    assert (CATALOG / "instance_types.yaml").read_text().splitlines() == list(refresh.types_lines())
    assert (CATALOG / "regions.yaml").read_text().splitlines() == list(refresh.regions_lines())


def test_a_region_has_its_letters() -> None:
    letters = {name: "".join(known.zones) for name in regions() if (known := region(name))}
    assert letters["eu-central-1"] == "abc"
    assert letters["ap-northeast-1"] == "acd"
    assert letters["us-east-1"] == "abcdef"
    west = region("us-west-1")
    assert west and (west.zones, west.zones_per_account) == (("a", "b", "c"), 2)
    assert region("eu-centrl-1") is None


@pytest.mark.parametrize(
    ("region_name", "type_name", "offered"),
    [
        ("eu-central-1", "g6e.xlarge", True),
        ("us-east-2", "trn2.48xlarge", True),
        ("us-east-2", "trn2.3xlarge", False),
        ("us-west-1", "p5.4xlarge", False),
        ("eu-west-3", "p5.48xlarge", False),
        ("eu-central-1", "m7g.huge", False),
        ("us-gov-west-1", "m7g.large", None),
    ],
)
def test_what_a_region_offers(region_name: str, type_name: str, offered: bool | None) -> None:
    known = region(region_name)
    assert known and known.offers(type_name) is offered


def test_types_on_offer_exist() -> None:
    families = {name.partition(".")[0] for name in instance_types()}
    for name in regions():
        known = region(name)
        assert known and set(known.families or ()) <= families


@pytest.mark.parametrize("versions", [eks_versions(), postgresql_versions()], ids=["EKS", "PostgreSQL"])
def test_support_runs_from_release_over_standard_to_extended(versions: dict[str, catalog.SupportWindow]) -> None:
    for window in versions.values():
        assert window.released < window.standard_until < window.extended_until
    newest_first = [window.released for window in versions.values()]
    assert newest_first == sorted(newest_first, reverse=True)
