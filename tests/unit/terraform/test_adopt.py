"""`groundwork terraform adopt`: which resource is which, and what must not happen to any."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest

from infra import graph as graphs
from infra.errors import UserError
from infra.graph import Graph, capture
from infra.terraform.adoption import Adoption, adopt, explain, report
from infra.terraform.state import Instance, State, parse
from infra.terraform.types import known_kinds
from tests.unit.terraform import platform
from tests.unit.terraform.states import resource, state

Command = Callable[..., tuple[int, str, str]]
# Written by Terraform 1.11.4 and its AWS provider 5.100.0 from `platform.CONFIGURATION`, against moto.
STATE = Path(__file__).with_name("data") / "platform.tfstate"
ADOPTED = {
    "Vpc network": "aws_vpc.main",
    "InternetGateway network": "aws_internet_gateway.main",
    "Eip network": "aws_eip.nat",
    "NatGateway network": "aws_nat_gateway.nat",
    "Subnet network-a": "aws_subnet.private[0]",
    "Subnet network-b": "aws_subnet.private[1]",
    "RouteTable network-a": "aws_route_table.private[0]",
    "RouteTable network-b": "aws_route_table.private[1]",
    "RouteTableAssociation network-a": "aws_route_table_association.private[0]",
    "RouteTableAssociation network-b": "aws_route_table_association.private[1]",
    "Route network-a": "aws_route.out",
    "Key data": "aws_kms_key.data",
    "Alias data": "aws_kms_alias.data",
    "Bucket artifacts": "aws_s3_bucket.artifacts",
    "BucketVersioning artifacts": "aws_s3_bucket_versioning.artifacts",
    "Role reader": "aws_iam_role.reader",
    "RolePolicyAttachment reader": "aws_iam_role_policy_attachment.reader",
}


@cache
def _graph() -> Graph:
    return capture("prod", platform.program)


def _state(change: Callable[[dict[str, Any]], None] = lambda _: None) -> State:
    data = json.loads(STATE.read_text())
    change(data)
    return parse(json.dumps(data), "the state")


def _attributes(data: dict[str, Any], type_: str, name: str) -> Iterator[dict[str, Any]]:
    for item in data["resources"]:
        if (item["type"], item["name"]) == (type_, name):
            yield from (instance["attributes"] for instance in item["instances"])


def _without(type_: str, name: str) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        data["resources"] = [r for r in data["resources"] if (r["type"], r["name"]) != (type_, name)]

    return change


def _adopted(adoption: Adoption) -> dict[str, str]:
    return {
        f"{pair.resource.type.rpartition(':')[2]} {pair.resource.name}": pair.instance.address
        for pair in adoption.ready
    }


def _held(adoption: Adoption) -> dict[str, list[str]]:
    return {pair.instance.address: [explain(item, pair.instance) for item in pair.blocking] for pair in adoption.held}


def test_every_resource_is_found_by_what_can_t_change_and_by_who_refers_to_it() -> None:
    adoption = adopt(_graph(), _state(), {})
    assert _adopted(adoption) == ADOPTED
    assert [left.resource.name for left in adoption.anew] == ["logs", "images"]
    assert [instance.address for instance in adoption.matches.left] == ["aws_kms_key.unrelated", "aws_vpc.other"]


def test_what_pulumi_would_replace_is_held_back_with_the_reason() -> None:
    (held,) = adopt(_graph(), _state(), {}).held
    assert held.instance.address == "aws_ecr_repository.images"
    assert [item.path for item in held.blocking] == [
        "encryption_configuration.encryption_type",
        "encryption_configuration.kms_key",
    ]


def test_what_changes_in_place_is_told() -> None:
    adoption = adopt(_graph(), _state(), {})
    told = {pair.instance.address: [explain(d, pair.instance) for d in pair.differences] for pair in adoption.ready}
    assert {address: lines for address, lines in told.items() if lines} == {
        "aws_vpc.main": ['tags.Name: "old" there, "platform" here'],
        "aws_kms_key.data": ['description: "what nobody would find by name" there, "Data at rest" here'],
    }


def test_a_network_with_other_addresses_is_none_of_the_stack_s() -> None:
    def renumbered(data: dict[str, Any]) -> None:
        for attributes in _attributes(data, "aws_vpc", "main"):
            attributes["cidr_block"] = "10.65.0.0/16"

    adoption = adopt(_graph(), _state(renumbered), {})
    assert not {address for address in _adopted(adoption).values() if "subnet" in address or "vpc" in address}
    assert _held(adoption)["aws_vpc.main"] == ['cidr_block: "10.65.0.0/16" there, "10.64.0.0/16" here']
    assert "vpc_id: refers to what is made anew" in _held(adoption)["aws_subnet.private[0]"]


def test_resources_alike_are_not_guessed_but_named_by_a_person() -> None:
    def twins(data: dict[str, Any]) -> None:
        _without("aws_kms_alias", "data")(data)

    adoption = adopt(_graph(), _state(twins), {})
    (key,) = [left for left in adoption.anew if left.resource.type.endswith(":Key")]
    assert {instance.address for instance in key.fitting} == {"aws_kms_key.data", "aws_kms_key.unrelated"}
    named = adopt(_graph(), _state(twins), {key.resource.urn: "aws_kms_key.data"})
    assert _adopted(named)["Key data"] == "aws_kms_key.data"


def test_a_person_s_word_wins_and_is_still_held_back_where_it_would_replace() -> None:
    vpc = next(r for r in _graph() if r.type == "aws:ec2/vpc:Vpc")
    adoption = adopt(_graph(), _state(), {vpc.urn: "aws_vpc.other"})
    assert _held(adoption)["aws_vpc.other"] == ['cidr_block: "10.99.0.0/16" there, "10.64.0.0/16" here']
    assert "Subnet network-a" not in _adopted(adoption)


@pytest.mark.parametrize(
    ("name", "address", "says"),
    [
        ("artefacts", "aws_s3_bucket.artifacts", "did you mean `artifacts`?"),
        ("network", "aws_vpc.main", "several resources are called so; give one's URN"),
        ("logs", "aws_s3_bucket.log", "the state has no managed resource aws_s3_bucket.log"),
    ],
)
def test_what_can_t_be_named_is_refused(name: str, address: str, says: str) -> None:
    with pytest.raises(UserError) as refused:
        adopt(_graph(), _state(), {name: address})
    assert says in str(refused.value)


def test_the_import_file_is_one_that_pulumi_reads() -> None:
    specs = adopt(_graph(), _state(), {}).import_file()["resources"]
    names = [spec["name"] for spec in specs]
    assert len(set(names)) == len(names), "an ambiguous name"
    for spec in specs:
        is_frame = spec.get("component") or spec["type"].startswith("pulumi:providers:")
        assert bool(is_frame) != ("id" in spec)
        assert {spec[key] for key in ("parent", "provider") if key in spec} <= set(names)
    frames = {spec["name"]: spec for spec in specs if "id" not in spec}
    assert frames["network"] == {"type": "groundwork:index:Network", "name": "network", "component": True}
    assert json.loads(frames["account"]["inputs"]["allowedAccountIds"]) == ["123456789012"]
    # Pulumi makes the URN from type, parent and logical name: they must be the program's own.
    by_name = {spec["name"]: spec for spec in specs}
    for spec in (spec for spec in specs if "id" in spec):
        parent = by_name[spec["parent"]]["type"] + "$" if "parent" in spec else ""
        urn = f"urn:pulumi:prod::groundwork::{parent}{spec['type']}::{spec.get('logicalName', spec['name'])}"
        assert urn in {resource.urn for resource in _graph()}


def test_ids_are_what_pulumi_imports_by() -> None:
    specs = adopt(_graph(), _state(), {}).import_file()["resources"]
    ids = {
        f"{spec['type'].rpartition(':')[2]} {spec.get('logicalName', spec['name'])}": spec.get("id") for spec in specs
    }
    data = json.loads(STATE.read_text())
    table = next(_attributes(data, "aws_route_table", "private"))["id"]
    subnet = next(_attributes(data, "aws_subnet", "private"))["id"]
    assert ids["Route network-a"] == f"{table}_0.0.0.0/0"
    assert ids["RouteTableAssociation network-a"] == f"{subnet}/{table}"
    assert ids["RolePolicyAttachment reader"] == "platform-reader/arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert ids["Bucket artifacts"] == "platform-artifacts"


def test_terraform_lets_go_of_what_is_adopted_and_of_nothing_else() -> None:
    adoption = adopt(_graph(), _state(), {})
    blocks = adoption.removed_blocks()
    assert (
        blocks.count("destroy = false")
        == blocks.count("removed {")
        == len({address.partition("[")[0] for address in ADOPTED.values()})
    )
    assert "from = aws_subnet.private\n" in blocks
    for stays in ("aws_ecr_repository", "unrelated", "aws_vpc.other"):
        assert stays not in blocks + adoption.forget_command()
    assert "'aws_subnet.private[1]'" in adoption.forget_command()


def test_single_instances_and_those_of_counted_modules_go_by_command() -> None:
    def partly(data: dict[str, Any]) -> None:
        for attributes in list(_attributes(data, "aws_subnet", "private"))[1:]:
            attributes["cidr_block"] = "10.64.128.0/20"
        for item in data["resources"]:
            if item["type"] == "aws_s3_bucket":
                item["module"] = "module.store[0]"

    blocks = adopt(_graph(), _state(partly), {}).removed_blocks()
    assert "from = aws_subnet.private" not in blocks
    assert "#   terraform state rm 'aws_subnet.private[0]'" in blocks
    assert "#   terraform state rm 'module.store[0].aws_s3_bucket.artifacts'" in blocks


def test_a_password_is_not_shown_as_a_difference() -> None:
    from infra.terraform.comparing import Comparison

    instance = Instance("aws_db_instance.x", "aws_db_instance", "x", True, {}, (("username",),))
    assert explain(Comparison("password", "a", "hunter2", False), instance) == "password: differs"
    assert explain(Comparison("username", "a", "hunter2", False), instance) == "username: differs"


@pytest.mark.parametrize(
    ("path", "forces"),
    [("vpc_id", True), ("cidr_block", True), ("tags", False), ("map_public_ip_on_launch", False)],
)
def test_the_table_knows_what_makes_a_new_subnet(path: str, forces: bool) -> None:
    assert known_kinds()["aws:ec2/subnet:Subnet"].forces_new(path) is forces


def test_a_block_counts_by_what_is_in_it() -> None:
    repository = known_kinds()["aws:ecr/repository:Repository"]
    assert repository.forces_new("encryption_configuration")
    assert repository.forces_new("encryption_configuration.kms_key")
    assert not repository.forces_new("image_scanning_configuration")


def test_the_command_writes_both_files_and_says_how_to_go_on(
    groundwork: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "capture_environment", lambda *_: _graph())
    out = tmp_path / "adopt.json"
    code, said, err = groundwork("terraform", "adopt", str(STATE), "local", "--out", str(out))
    assert (code, err) == (0, "")
    assert "17 to adopt, 1 held back, 2 made anew, 2 left to Terraform" in said
    assert f"pulumi import --stack local --file {out}" in said
    assert json.loads(out.read_text())["resources"]
    assert "destroy = false" in out.with_suffix(".tf").read_text()
    code, said, _ = groundwork("terraform", "adopt", str(STATE), "local", "--json")
    assert json.loads(said) == report(adopt(_graph(), _state(), {}))


def test_a_stack_that_has_nothing_of_the_state_gets_no_file(groundwork: Command, tmp_path: Path) -> None:
    code, _, err = groundwork("terraform", "adopt", str(STATE), "local", "--out", str(tmp_path / "x.json"))
    assert code == 2
    assert "nothing can be adopted" in err
    assert not list(tmp_path.iterdir())


def test_outputs_alone_are_no_resources(groundwork: Command, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text('{"vpc_id": {"sensitive": false, "value": "vpc-1"}}')
    code, _, err = groundwork("terraform", "adopt", str(tmp_path / "out.json"), "local")
    assert code == 2
    assert "has no resources" in err


def test_names_count_although_they_may_change_and_addresses_without_their_scheme() -> None:
    def program() -> None:
        aws.cfg.RecorderStatus("audit", name="mlops-prod", is_enabled=True)
        aws.iam.OpenIdConnectProvider("ci", url="https://ci.example.com", client_id_lists=["sts.amazonaws.com"])

    text = state(
        resource("aws_config_configuration_recorder_status.a", {"id": "other", "name": "other", "is_enabled": True}),
        resource("aws_config_configuration_recorder_status.b", {"id": "x", "name": "mlops-prod", "is_enabled": True}),
        resource(
            "aws_iam_openid_connect_provider.ci",
            {"id": "arn", "url": "ci.example.com", "client_id_list": ["sts.amazonaws.com"]},
        ),
    )
    adoption = adopt(capture("prod", program), parse(text, "the state"), {})
    assert _adopted(adoption) == {
        "RecorderStatus audit": "aws_config_configuration_recorder_status.b",
        "OpenIdConnectProvider ci": "aws_iam_openid_connect_provider.ci",
    }
    assert [pair.differences for pair in adoption.ready] == [(), ()]
