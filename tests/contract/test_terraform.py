"""The real Terraform with its real AWS provider makes a platform on simulated AWS APIs; its state is adopted."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.graph import capture
from infra.terraform.adoption import adopt
from infra.terraform.state import parse
from tests.unit.terraform.platform import CONFIGURATION, program
from tests.unit.terraform.test_adopt import ADOPTED

_PROVIDER = "registry.terraform.io/hashicorp/aws"


def _mirror() -> Path | None:
    """A folder of providers, where Terraform looks for one by itself or a machine without a network keeps one."""
    usual = [Path.home() / ".terraform.d/plugins", Path("/usr/share/terraform/plugins"), *Path("/opt").glob("*")]
    return next((place for place in usual if (place / _PROVIDER).is_dir()), None)


@pytest.fixture(scope="module")
def apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of simulated AWS APIs."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("moto") / "log"
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment) as server,
    ):
        try:
            deadline = time.monotonic() + 60
            while socket.socket().connect_ex(("127.0.0.1", port)):
                assert server.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def test_what_terraform_made_is_found_resource_by_resource(apis: str, tmp_path: Path) -> None:
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on PATH")
    mirror = _mirror()
    if not mirror:
        pytest.skip("no mirror with Terraform's AWS provider on this machine")
    (tmp_path / "rc").write_text(f'provider_installation {{\n filesystem_mirror {{\n  path = "{mirror}"\n }}\n}}\n')
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    environment = {
        **os.environ,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": apis,
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(tmp_path / "rc"),
    }
    for arguments in (["init", "-input=false"], ["apply", "-auto-approve", "-input=false"]):
        done = subprocess.run(["terraform", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    adoption = adopt(capture("prod", program), parse((tmp_path / "terraform.tfstate").read_text(), "the state"), {})
    found = {f"{p.resource.type.rpartition(':')[2]} {p.resource.name}": p.instance.address for p in adoption.ready}
    assert found == ADOPTED
    assert [pair.instance.address for pair in adoption.held] == ["aws_ecr_repository.images"]
    # And it lets go of them: what is left is what stays its own.
    for pair in adoption.ready:
        done = subprocess.run(
            ["terraform", "state", "rm", pair.instance.address],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    left = json.loads((tmp_path / "terraform.tfstate").read_text())["resources"]
    assert {f"{r['type']}.{r['name']}" for r in left} == {
        "aws_ecr_repository.images",
        "aws_kms_key.unrelated",
        "aws_vpc.other",
    }
