"""Machines and places that AWS lacks are refused in words."""

import pytest

from infra.settings.machines import wrong_database_class, wrong_instance_type, wrong_region, wrong_zones


@pytest.mark.parametrize(
    ("name", "asked", "says"),
    [
        ("m7g.large", {}, None),
        ("g6e.xlarge", {"gpus": True}, None),
        ("m7g.lage", {}, "is no EC2 instance type of the catalog; did you mean `m7g.large`?"),
        ("big", {}, "is no EC2 instance type of the catalog; one is named like `m7g.large`"),
        ("m7i.large", {"gpus": True}, "has no GPU; g6, g6e and p5 types have"),
        ("inf2.xlarge", {"gpus": True}, "has no GPU (its accelerators are AWS Inferentia2)"),
        ("m7g.large", {"architecture": "x86_64"}, "is arm64, and the AMI is x86_64"),
        ("p5.48xlarge", {"gpus": True, "architecture": "x86_64"}, "is not on offer in eu-central-1"),
    ],
)
def test_an_instance_type(name: str, asked: dict[str, bool | str], says: str | None) -> None:
    assert wrong_instance_type(name, "eu-central-1", **asked) == says  # type: ignore[arg-type]


def test_offers_that_nobody_recorded_are_not_refused() -> None:
    assert wrong_instance_type("p5.48xlarge", "us-gov-west-1") is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("db.t4g.medium", None),
        ("db.m7g.larg", "is no RDS instance class for PostgreSQL; did you mean `db.m7g.large`?"),
        ("m7g.large", "is no RDS instance class for PostgreSQL; did you mean `db.m7g.large`?"),
        ("?", "is no RDS instance class for PostgreSQL; one is named like `db.m7g.large`"),
    ],
)
def test_a_database_class(name: str, says: str | None) -> None:
    assert wrong_database_class(name) == says


def test_a_region() -> None:
    assert wrong_region("eu-central-1") is None
    assert wrong_region("eu-centrall-1") == "is no AWS region of the catalog; did you mean `eu-central-1`?"


@pytest.mark.parametrize(
    ("region", "zones", "says"),
    [
        ("eu-central-1", "abc", []),
        ("ap-northeast-1", "ab", [(1, "is no zone of ap-northeast-1; it has a, c, d")]),
        ("us-west-1", "abc", [(2, "is one too many: an account has 2 zones in us-west-1")]),
        ("xx-central-1", "abc", []),
    ],
)
def test_zones(region: str, zones: str, says: list[tuple[int, str]]) -> None:
    assert list(wrong_zones(region, zones)) == says
