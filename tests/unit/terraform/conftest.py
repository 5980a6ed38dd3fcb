"""States that the real Terraform wrote, and stack files to read them into."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from infra import paths

STACK = """\
# yaml-language-server: $schema=./schema.json
config:
  groundwork:environment:
    profile: small

    # the laptop's own
    cluster:
      kind: auto
    root_secret:
      kind: machine
"""

# Terraform's built-in provider: nothing is downloaded.
CONFIGURATION = """\
variable "password" {
  default   = "hunter2"
  sensitive = true
}
resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = "fast-${each.key}"
}
resource "terraform_data" "hidden" {
  input = var.password
}
output "account_id" { value = "111122223333" }
output "region" { value = "eu-central-1" }
output "hosts" { value = ["mlflow.example.com", "ml.example.com"] }
output "class" { value = "fast-ssd" }
output "password" {
  value     = var.password
  sensitive = true
}
"""


class Terraform:
    """The real command, in a folder with one configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "terraform.tfstate"

    def apply(self, configuration: str) -> None:
        (self.folder / "main.tf").write_text(configuration)
        self.run("init", "-input=false")
        self.run("apply", "-auto-approve", "-input=false")

    def run(self, *arguments: str) -> str:
        (self.folder / "rc").touch()
        surroundings = {
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(self.folder / "rc"),
            "TF_IN_AUTOMATION": "1",
        }
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**os.environ, **surroundings},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """One configuration, applied by the real Terraform. Nobody changes it."""
    return make_terraform(tmp_path_factory.mktemp("network"), CONFIGURATION)


def make_terraform(folder: Path, configuration: str) -> Terraform:
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on PATH")
    terraform = Terraform(folder)
    terraform.apply(configuration)
    return terraform


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of stack files with one, `this`."""
    folder = tmp_path / "stacks"
    folder.mkdir()
    (folder / "Pulumi.this.yaml").write_text(STACK)
    monkeypatch.setattr(paths, "STACKS", folder)
    return folder


@pytest.fixture
def groundwork(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line; exit code, stdout, stderr."""
    from infra.cli.app import run

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return call
