"""`groundwork terraform read`: values of a state that the real Terraform wrote, in a stack file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.settings import load
from tests.unit.terraform.conftest import CONFIGURATION, STACK, Terraform, make_terraform
from tests.unit.terraform.states import resource, state

Command = Callable[..., tuple[int, str, str]]
ACCOUNT = """\
    profile: small
    account:
      kind: aws
      id: "111122223333"
      region: eu-central-1

    # the laptop's own
    cluster:
"""


def test_what_is_known_by_name_is_written_where_it_belongs_with_its_source(
    applied: Terraform, stacks: Path, groundwork: Command
) -> None:
    code, out, err = groundwork("terraform", "read", str(applied.state), "this", "--yes")
    assert (code, err) == (0, "")
    text = (stacks / "Pulumi.this.yaml").read_text()
    assert ACCOUNT in text
    assert set(STACK.splitlines()) <= set(text.splitlines()), "a line of the file was lost"
    settings = load("this", stacks_dir=stacks).settings
    assert settings.account and settings.account.id == "111122223333"
    written = json.loads(applied.state.read_text())
    (kept,) = settings.terraform.sources.values()
    assert (kept.lineage, kept.serial) == (written["lineage"], written["serial"])
    assert kept.values == {"account.id": "output.account_id", "account.region": "output.region"}
    assert '+      id: "111122223333"' in out


def test_a_second_reading_changes_nothing(applied: Terraform, stacks: Path, groundwork: Command) -> None:
    groundwork("terraform", "read", str(applied.state), "this", "--yes")
    before = (stacks / "Pulumi.this.yaml").read_bytes()
    code, out, _ = groundwork("terraform", "read", str(applied.state), "this", "--check")
    assert code == 0
    assert "has all of it: 2 values, none changed" in out
    assert (stacks / "Pulumi.this.yaml").read_bytes() == before


@pytest.mark.parametrize("command", [("output", "-json"), ("show", "-json"), ("state", "pull")])
def test_every_text_that_terraform_prints_gives_the_same_values(
    command: tuple[str, ...], applied: Terraform, stacks: Path, groundwork: Command, tmp_path: Path
) -> None:
    (tmp_path / "printed.json").write_text(applied.run(*command))
    code, out, _ = groundwork(
        "terraform", "read", str(tmp_path / "printed.json"), "this", "--yes", "--json",
        "--map", "tracking.hosts=output.hosts", "--map", "storage_class=output.class",
    )  # fmt: skip
    assert code == 0
    values = {value["key"]: value["new"] for value in json.loads(out)["values"]}
    assert values == {
        "account.id": "111122223333",
        "account.region": "eu-central-1",
        "storage_class": "fast-ssd",
        "tracking.hosts": ["mlflow.example.com", "ml.example.com"],
    }
    settings = load("this", stacks_dir=stacks).settings
    assert settings.tracking.hosts == ("mlflow.example.com", "ml.example.com")
    assert settings.terraform.sources["printed"].values["tracking.hosts"] == "output.hosts"


def test_a_source_that_moved_on_is_noticed_and_read_again(tmp_path: Path, stacks: Path, groundwork: Command) -> None:
    folder = tmp_path / "platform"
    folder.mkdir()
    terraform = make_terraform(folder, CONFIGURATION)
    arguments = ["terraform", "read", str(terraform.state), "this"]
    groundwork(*arguments, "--yes", "--map", "storage_class=output.class")
    terraform.apply(CONFIGURATION.replace("fast-ssd", "faster-ssd"))
    code, out, err = groundwork(*arguments, "--check")
    assert code == 1
    assert "-    storage_class: fast-ssd" in out and "+    storage_class: faster-ssd" in out
    assert "is not what the state says" in err
    assert groundwork(*arguments, "--yes")[0] == 0
    assert load("this", stacks_dir=stacks).settings.storage_class == "faster-ssd"
    terraform.apply(CONFIGURATION.replace('output "class"', 'output "renamed"'))
    code, _, err = groundwork(*arguments, "--yes")
    assert code == 2
    assert "storage_class came from output.class: the state has no output `class`" in err
    assert groundwork(*arguments, "--yes", "--map", "storage_class=output.renamed")[0] == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--map", "storage_class=output.password"], "output.password is sensitive"),
        (["--map", "storage_class=terraform_data.hidden.input.value"], "is sensitive"),
        (["--map", "storage_class=output.clas"], "the state has no output `clas`; did you mean `output.class`?"),
        (["--map", "storage_class=terraform_data.each.id"], "did you mean `terraform_data.each"),
        (["--map", 'storage_class=terraform_data.each["c"].id'], "the state has nothing at"),
        (["--map", 'storage_class=terraform_data.each["a"]'], "is a whole resource: name one of its attributes"),
        (["--map", "storage_class=output.hosts[7]"], "there is no `7`"),
        (["--map", "storage_class=output.hosts"], "storage_class: must be text, not a list"),
        (["--map", "storage_class=output..class"], "is no address in a Terraform state"),
        (["--map", "storage_clas=output.class"], "is not a key here; did you mean `storage_class`?"),
        (["--map", "account.idd=output.class"], "`idd` is not a key there; did you mean `id`?"),
        (["--map", "tracking.hots=output.hosts"], "`hots` is not a key there; did you mean `hosts`?"),
        (["--map", "storage_class"], "write KEY=ADDRESS"),
        (["--map", "account.id=output.class"], "must be the 12 digits of an AWS account"),
        (["--use", "acount"], "did you mean `account`?"),
        (["--name", "Not A Name"], "must be lower-case letters, digits and hyphens"),
        ([], "nobody is there to agree"),
    ],
)
def test_what_can_t_be_taken_is_refused_and_the_file_stays_as_it_is(
    options: list[str], says: str, applied: Terraform, stacks: Path, groundwork: Command
) -> None:
    yes = ["--yes"] if options else []
    code, _, err = groundwork("terraform", "read", str(applied.state), "this", *yes, *options)
    assert code == 2
    assert says in err
    assert "hunter2" not in err
    assert (stacks / "Pulumi.this.yaml").read_text() == STACK


def test_a_state_of_another_account_is_refused(applied: Terraform, stacks: Path, groundwork: Command) -> None:
    file = stacks / "Pulumi.this.yaml"
    text = STACK.replace(
        "    root_secret", '    account: {kind: aws, id: "444455556666", region: eu-west-1}\n    root_secret'
    )
    file.write_text(text)
    code, _, err = groundwork("terraform", "read", str(applied.state), "this", "--yes")
    assert code == 2
    assert "the state is of another account: output.account_id is 111122223333" in err
    assert file.read_text() == text


def test_a_name_stays_with_its_state(applied: Terraform, stacks: Path, groundwork: Command, tmp_path: Path) -> None:
    groundwork("terraform", "read", str(applied.state), "this", "--yes", "--name", "base")
    copy = tmp_path / "base.tfstate"
    copy.write_text(state(outputs={"class": "slow"}).replace("8d4f8def", "00000000"))
    arguments = ["terraform", "read", str(copy), "this", "--map", "storage_class=output.class", "--yes"]
    code, _, err = groundwork(*arguments)
    assert code == 2
    assert "`terraform.sources.base` is of another state" in err
    assert groundwork(*arguments, "--name", "other")[0] == 0
    assert set(load("this", stacks_dir=stacks).settings.terraform.sources) == {"base", "other"}


def test_a_record_of_a_value_that_is_no_longer_there_is_an_error(stacks: Path) -> None:
    from infra.settings import StackError

    file = stacks / "Pulumi.this.yaml"
    file.write_text(STACK + "    terraform: {sources: {network: {values: {account.id: output.account_id}}}}\n")
    with pytest.raises(StackError, match="is no key with a value here"):
        load("this", stacks_dir=stacks)


def test_the_one_resource_of_its_type_is_found_and_of_several_one_must_be_named(
    stacks: Path, groundwork: Command, tmp_path: Path
) -> None:
    identity = resource("module.base.data.aws_caller_identity.this", {"account_id": "111122223333", "id": "x"})
    one = resource("data.aws_region.current", {"name": "eu-central-1"})
    two = resource("data.aws_region.replica", {"name": "eu-west-1"})
    file = tmp_path / "x.tfstate"
    file.write_text(state(identity, one, two))
    code, _, err = groundwork("terraform", "read", str(file), "this", "--yes")
    assert code == 2
    assert "account.region: 2 aws_region in the state; name one" in err or "account.region: is missing" in err
    file.write_text(state(identity, one))
    assert groundwork("terraform", "read", str(file), "this", "--yes")[0] == 0
    kept = load("this", stacks_dir=stacks).settings.terraform.sources["x"]
    assert kept.values["account.id"] == "module.base.data.aws_caller_identity.this.account_id"
