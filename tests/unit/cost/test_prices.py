"""The price table: whole, dated, and AWS's own numbers."""

from datetime import date

import pytest

from infra.catalog import database_class, instance_type, region
from infra.cost.prices import Prices, _table, covered

SERVICES = _table("services")["prices"]


@pytest.mark.parametrize("name", covered())
def test_every_service_has_a_price_in_every_region(name: str) -> None:
    prices = {service: Prices(name).of(service) for service in SERVICES}
    assert [service for service, price in prices.items() if not 0 < price.usd < 100] == []
    assert {type(price.date) for price in prices.values()} == {date}
    assert [service for service, price in prices.items() if not price.source] == []


@pytest.mark.parametrize("name", covered())
def test_prices_are_of_machines_that_exist_and_are_on_offer(name: str) -> None:
    known, prices = region(name), Prices(name)
    for family, entry in _table("ec2")["regions"][name]["families"].items():
        sizes = [item.split(" ")[0] for item in entry.split(", ")] if isinstance(entry, str) else ["xlarge"]
        for type_ in (f"{family}.{size}" for size in sizes):
            assert instance_type(type_) and known and known.offers(type_) and prices.instance(type_), type_
    for family, entry in _table("rds")["regions"][name].items():
        for size in (item.split(" ")[0] for item in entry.split(", ")):
            assert database_class(f"db.{family}.{size}") and prices.database(f"db.{family}.{size}"), (family, size)


@pytest.mark.parametrize(
    ("name", "type_", "usd"),
    [
        ("us-east-1", "m6a.xlarge", 0.1728),
        ("us-east-1", "p5.48xlarge", 55.04),
        ("us-east-1", "g6e.2xlarge", 2.24208),
        ("us-west-2", "m7i.large", 0.1008),
        ("eu-central-1", "m6a.xlarge", 0.207),
        ("eu-central-1", "g5.xlarge", 1.258),
        ("eu-west-1", "t3.medium", 0.0456),
        ("ap-northeast-1", "p5.48xlarge", 68.8),
        # From the fee of Auto Mode: of us-west-2, where AWS charges what it does in us-east-1.
        ("us-west-2", "m7i-flex.large", 0.09576),
    ],
)
def test_what_an_hour_of_an_instance_costs(name: str, type_: str, usd: float) -> None:
    price = Prices(name).instance(type_)
    assert price and price.usd == pytest.approx(usd, abs=5e-5)


@pytest.mark.parametrize("type_", ["m7g.huge", "m7i.metal-24xl", "p5.48xlarge", "u7i-12tb.224xlarge"])
def test_what_has_no_price(type_: str) -> None:
    assert Prices("eu-central-1").instance(type_) is None


def test_a_database_without_a_price_of_its_own_says_whose_it_takes() -> None:
    prices = Prices("eu-central-1")
    derived, older = prices.database("db.m7g.large"), prices.database("db.m6g.large")
    assert derived and older and derived.usd == pytest.approx(older.usd * 1.057)
    assert derived.stands_in == "db.m7g.large is priced as db.m6g.large times 1.057" and older.stands_in == ""
    assert prices.database("db.m8g.large") is None
