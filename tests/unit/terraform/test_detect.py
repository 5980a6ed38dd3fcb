"""Well-known outputs and resources find their keys by themselves."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.settings import EnvironmentSettings, load
from infra.settings.capabilities import ExistingVpc, ExistingZoneDns
from infra.settings.shape import kinds
from infra.terraform.detect import TABLE
from tests.unit.terraform.states import resource, state

Command = Callable[..., tuple[int, str, str]]
ON_AWS = """\
config:
  groundwork:environment:
    profile: small
    account:
      kind: aws
      id: "111122223333"
      region: eu-central-1
      zones: [a, b]  # cheap
    cluster:
      kind: existing
      context: dev
"""
ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")


def _subnets(tier: str, number: int) -> list[dict[str, str]]:
    return [
        {"id": f"subnet-0a1b2c3d4e5f6{number}{index:03}", "availability_zone": zone, "tier": tier}
        for index, zone in enumerate(ZONES)
    ]


VPC_ID = "vpc-0a1b2c3d4e5f60718"
MODULE = (
    resource("module.vpc.aws_vpc.this", {"id": VPC_ID, "cidr_block": "10.64.0.0/16"}, each=True),
    resource("module.vpc.aws_subnet.private", *_subnets("private", 1)),
    resource("module.vpc.aws_subnet.public", *_subnets("public", 2)),
)
OUTPUTS = {
    "vpc_id": VPC_ID,
    "vpc_cidr_block": "10.64.0.0/16",
    "azs": list(ZONES),
    "private_subnets": [subnet["id"] for subnet in _subnets("private", 1)],
    "public_subnets": [subnet["id"] for subnet in _subnets("public", 2)],
    "intra_subnets": [],
}


@pytest.fixture
def read(groundwork: Command, stacks: Path, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Reads a state's text into a stack on AWS."""
    (stacks / "Pulumi.this.yaml").write_text(ON_AWS)

    def call(text: str, *options: str) -> tuple[int, str, str]:
        (tmp_path / "network.tfstate").write_text(text)
        return groundwork("terraform", "read", str(tmp_path / "network.tfstate"), "this", "--yes", *options)

    return call


@pytest.mark.parametrize("section", sorted({section for section, _ in TABLE}))
def test_the_table_names_keys_that_exist(section: str) -> None:
    models = kinds(EnvironmentSettings.model_fields[section].annotation)
    for (there, kind), keys in TABLE.items():
        if there == section:
            assert set(keys) <= set(models[kind].model_fields)


@pytest.mark.parametrize("text", [state(*MODULE), state(outputs=OUTPUTS)], ids=["resources", "outputs"])
def test_a_vpc_of_the_well_known_module_is_found_with_its_subnets_by_zone(
    text: str, read: Command, stacks: Path
) -> None:
    code, _, err = read(text)
    assert code == 0
    network = load("this", stacks_dir=stacks).settings.network
    assert isinstance(network, ExistingVpc)
    assert (network.vpc_id, network.cidr) == (VPC_ID, "10.64.0.0/16")
    assert dict(network.private_subnet_ids) == {
        "eu-central-1a": "subnet-0a1b2c3d4e5f61000",
        "eu-central-1b": "subnet-0a1b2c3d4e5f61001",
    }
    assert not network.intra_subnet_ids
    assert "is in eu-central-1c, none of `account.zones`" in err


def test_each_subnet_is_kept_with_its_own_address(read: Command, stacks: Path) -> None:
    read(state(*MODULE))
    values = load("this", stacks_dir=stacks).settings.terraform.sources["network"].values
    assert values["network.private_subnet_ids.eu-central-1b"] == "module.vpc.aws_subnet.private[1].id"
    assert values["network.vpc_id"] == "module.vpc.aws_vpc.this[0].id"
    assert "      zones: [a, b]  # cheap\n" in (stacks / "Pulumi.this.yaml").read_text()


def test_a_mapping_is_taken_entry_by_entry(read: Command, stacks: Path) -> None:
    by_zone = {zone: subnet["id"] for zone, subnet in zip(ZONES[:2], _subnets("private", 1), strict=False)}
    outputs = {**OUTPUTS, "private_subnets": [], "mine": by_zone}
    code, _, _ = read(state(outputs=outputs), "--map", "network.private_subnet_ids=output.mine")
    assert code == 0
    kept = load("this", stacks_dir=stacks).settings.terraform.sources["network"].values
    assert kept["network.private_subnet_ids.eu-central-1a"] == 'output.mine["eu-central-1a"]'


def test_subnets_of_unknown_zones_must_be_named_one_by_one(read: Command, stacks: Path) -> None:
    outputs = {key: value for key, value in OUTPUTS.items() if key not in ("azs", "public_subnets")}
    code, _, err = read(state(outputs=outputs))
    assert code == 2
    assert "network.private_subnet_ids: is missing" in err
    assert "--map network.private_subnet_ids.ZONE=output.private_subnets[0]" in err
    assert (stacks / "Pulumi.this.yaml").read_text() == ON_AWS
    named = [
        part
        for index, zone in enumerate(ZONES[:2])
        for part in ("--map", f"network.private_subnet_ids.{zone}=output.private_subnets[{index}]")
    ]
    assert read(state(outputs=outputs), *named)[0] == 0


def test_a_network_of_the_stack_s_own_is_replaced_only_when_asked(read: Command, stacks: Path) -> None:
    file = stacks / "Pulumi.this.yaml"
    own = ON_AWS.replace("    cluster:", "    network: {kind: vpc, cidr: 10.1.0.0/16}\n    cluster:")
    file.write_text(own)
    code, _, err = read(state(*MODULE))
    assert code == 2
    assert "network: the file has its own (`vpc`); --use network takes Terraform's" in err
    assert file.read_text() == own
    assert read(state(*MODULE), "--use", "network")[0] == 0
    assert isinstance(load("this", stacks_dir=stacks).settings.network, ExistingVpc)


def test_of_two_networks_one_must_be_named(read: Command) -> None:
    two = resource("aws_vpc.other", {"id": "vpc-0a1b2c3d4e5f60719", "cidr_block": "10.65.0.0/16"})
    code, _, err = read(state(*MODULE, two))
    assert code == 2
    assert "network.vpc_id: 2 aws_vpc in the state; name one, like --map network.vpc_id=" in err


ENDPOINT = "https://0A1B2C3D4E5F60718293A4B5C6D7E8F9.gr7.eu-central-1.eks.amazonaws.com"
AUTHORITY = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="
CLUSTER = resource(
    "module.eks.aws_eks_cluster.this",
    {
        "name": "shared",
        "endpoint": ENDPOINT,
        "certificate_authority": [{"data": AUTHORITY}],
        "vpc_config": [{"cluster_security_group_id": "sg-0a1b2c3d4e5f60718"}],
    },
    each=True,
)
CLUSTER_OUTPUTS = {
    "cluster_name": "shared",
    "cluster_endpoint": ENDPOINT,
    "cluster_certificate_authority_data": AUTHORITY,
    "cluster_primary_security_group_id": "sg-0a1b2c3d4e5f60718",
    "cluster_security_group_id": "sg-0a1b2c3d4e5f60719",
}


@pytest.mark.parametrize(
    "text", [state(*MODULE, CLUSTER), state(outputs={**OUTPUTS, **CLUSTER_OUTPUTS})], ids=["resources", "outputs"]
)
def test_a_cluster_of_the_well_known_module_is_found(text: str, read: Command, stacks: Path) -> None:
    assert read(text, "--use", "cluster", "--use", "network")[0] == 0
    cluster = load("this", stacks_dir=stacks).settings.cluster
    assert cluster.model_dump() == {
        "kind": "existing_eks",
        "name": "shared",
        "endpoint": ENDPOINT,
        "certificate_authority": AUTHORITY,
        "security_group_id": "sg-0a1b2c3d4e5f60718",
    }


ZONE = resource("aws_route53_zone.main", {"name": "example.com", "zone_id": "Z0123456789ABCDEFGHIJ"})


def test_a_zone_is_taken_when_asked_for(read: Command, stacks: Path) -> None:
    code, _, err = read(state(*MODULE, CLUSTER, ZONE), "--use", "network")
    assert code == 0
    assert load("this", stacks_dir=stacks).settings.dns is None
    code, _, err = read(state(*MODULE, CLUSTER, ZONE))
    assert "dns: the file has none; --use dns takes Terraform's" in err
    assert read(state(*MODULE, CLUSTER, ZONE), "--use", "dns", "--use", "cluster")[0] == 0
    dns = load("this", stacks_dir=stacks).settings.dns
    assert isinstance(dns, ExistingZoneDns)
    assert (dns.domain, dns.zone_id) == ("example.com", "Z0123456789ABCDEFGHIJ")
    assert read(state(*MODULE, CLUSTER, ZONE), "--check")[0] == 0
