"""`groundwork cost`, for a person, a script and CI."""

import json
from pathlib import Path

import pytest

from infra.cli.app import run
from infra.graph.export import to_json
from infra.graph.model import Graph
from tests.unit.cost.graphs import component, graph, kubernetes, resource

NETWORK = component("network")
NAT = [resource("aws:ec2/natGateway:NatGateway", name, component="network") for name in ("a", "b")]
SMALL = graph(NETWORK, NAT[0], resource("aws:sagemaker/domain:Domain", "studio"))
LARGE = graph(
    NETWORK,
    *NAT,
    kubernetes("core/v1:PersistentVolumeClaim", "data", {"resources": {"requests": {"storage": "100Gi"}}}),
)


def _file(folder: Path, name: str, written: Graph) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(to_json(written)))
    return str(path)


@pytest.fixture
def small(tmp_path: Path) -> str:
    return _file(tmp_path, "small", SMALL)


@pytest.fixture
def large(tmp_path: Path) -> str:
    return _file(tmp_path, "large", LARGE)


def test_every_line_stands_below_its_component(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", small, "--on", "2026-09-01"]) == 0
    assert capsys.readouterr().out == (
        "test in eu-central-1: 43.16 USD a month of 730 hours, on demand, as of 2026-09-01\n"
        "\n"
        "network                                  43.16\n"
        "  NAT gateway (a)        730 h at 0.052  37.96\n"
        "  data through NAT (a)  100 GB at 0.052   5.20\n"
        "\n"
        "assumed a month (--assume KEY=NUMBER, or KEY@RESOURCE=NUMBER):\n"
        "  nat_gb = 100: GB through each NAT gateway\n"
        "\n"
        "not priced:\n"
        "  1 x Domain (aws:sagemaker/domain:Domain)\n"
        "\n"
        "prices are AWS's own, of 2025-10-28; taxes, credits and discounts are left out\n"
    )


def test_small_prices_are_shown_by_the_million(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = _file(tmp_path, "key", graph(resource("aws:kms/key:Key", "data")))
    assert run(["cost", key]) == 0
    assert "requests (data)  0.1 million requests at 3  0.30" in capsys.readouterr().out


def test_another_stack_is_compared_by_component(small: str, large: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", large, "--compare", small]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        [small, large, "difference"],
        ["network", "43.16", "86.32", "+43.16"],
        ["data", "0.00", "9.52", "+9.52"],
        ["total", "43.16", "95.84", "+52.68"],
    ]


@pytest.mark.parametrize(("most", "code"), [("86", 1), ("96", 0)])
def test_ci_fails_past_the_most_that_is_wanted(
    most: str, code: int, large: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cost", large, "--max", most]) == code
    said = capsys.readouterr()
    assert said.err == ("failed: 95.84 USD a month is more than --max 86.00\n" if code else "")
    assert "95.84 USD a month" in said.out


def test_a_script_reads_every_line_with_its_price_and_source(
    small: str, large: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cost", large, "--compare", small, "--json", "--assume", "nat_gb@b=1_000"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["usd"], report["difference"], report["other"]["usd"]) == (142.64, 99.48, 43.16)
    assert report["assumptions"] == {"nat_gb": 100, "nat_gb@b": 1000}
    assert report["other"]["unpriced"] == {"aws:sagemaker/domain:Domain": 1}
    line = report["components"][0]["lines"][3]
    assert (line["resource"], line["quantity"], line["price"], line["usd"]) == ("b", 1000, 0.052, 52.0)
    assert line["date"] == "2025-10-28" and line["source"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--assume", "nat=5"], "--assume nat=5: nat is no assumption; did you mean `nat_gb`?"),
        (["--assume", "nat_gb=much"], "--assume nat_gb=much: write KEY=NUMBER, like nat_gb=500, with a number of at"),
        (["--assume", "nat_gb=-1"], "with a number of at least 0"),
        (["--assume", "nat_gb@c=5"], "nothing here uses nat_gb@c"),
        (["--region", "eu-south-2"], "no prices are known of eu-south-2"),
        (["--on", "tomorrow"], "--on tomorrow: write a day like 2026-12-31"),
        (["--compare", "nothing.json"], "nothing.json can't be read"),
    ],
)
def test_bad_input_is_refused(options: list[str], says: str, small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", small, *options]) == 2
    said = capsys.readouterr()
    assert says in said.err and said.out == ""
