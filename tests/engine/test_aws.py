"""The whole of `prod` through the real Pulumi engine: AWS answered by a provider that asks no cloud, and the objects on
a simulated control plane that stands in for EKS."""

import base64
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import settings
from infra.engines import select
from infra.engines.manifests import Ownership, declared
from infra.graph import capture_environment
from infra.paths import PROJECT, STACKS, environment_dir
from infra.settings import placeholder_root_secret
from infra.simulation.objects import missing_definitions
from infra.toolchain import ControlPlane
from tests.cluster.commands import Commands
from tests.cluster.kubectl import apply, get
from tests.engine.aws_plugin import CLUSTER

pytestmark = pytest.mark.needs_cluster
PREFIX = "aws"


@dataclass(frozen=True)
class Environment:
    """`prod` under test."""

    plane: ControlPlane
    groundwork: Commands

    @property
    def resources(self) -> list[dict[str, Any]]:
        """What the state holds."""
        state = environment_dir("prod") / "pulumi" / ".pulumi" / "stacks" / "groundwork" / "prod.json"
        latest = json.loads(state.read_bytes())["checkpoint"]["latest"]
        return list(latest.get("resources") or [])

    @property
    def namespaces(self) -> set[str]:
        names = {item["metadata"]["name"] for item in get(self.plane, "namespaces")["items"]}
        return {name for name in names if name.startswith(f"{PREFIX}-")}


def _executable(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def _credentials(kubeconfig: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The control plane as EKS would describe it, and the credentials that its administrator has."""
    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]

    def text(part: dict[str, str], key: str) -> str:
        if f"{key}-data" in part:
            return base64.b64decode(part[f"{key}-data"]).decode()
        return (kubeconfig.parent / part[key]).read_text()

    authority = base64.b64encode(text(cluster, "certificate-authority").encode()).decode()
    status = {"clientCertificateData": text(user, "client-certificate"), "clientKeyData": text(user, "client-key")}
    return {"endpoint": cluster["server"], "certificateAuthority": {"data": authority}}, status


@pytest.fixture(scope="module")
def prod(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The stack file, what stands in for AWS, and the definitions that an EKS cluster brings along."""
    described, status = _credentials(control_plane.kubeconfig)
    credential = {"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": status}
    programs, stacks = tmp_path_factory.mktemp("bin"), tmp_path_factory.mktemp("stacks")
    (programs / "credential.json").write_text(json.dumps(credential))
    _executable(programs, "aws", f"cat {programs / 'credential.json'}")
    _executable(programs, "pulumi-resource-aws", f"exec {sys.executable} -m tests.engine.aws_plugin")
    data = yaml.safe_load((STACKS / "Pulumi.prod.yaml").read_text())
    data["config"]["groundwork:environment"] |= {"root_secret": {"kind": "machine"}, "namespace_prefix": PREFIX}
    (stacks / "Pulumi.prod.yaml").write_text(yaml.safe_dump(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        patch.setenv("PYTHONPATH", str(PROJECT))
        patch.setenv(CLUSTER, json.dumps(described))
        load = partial(settings.load, stacks_dir=stacks)
        patch.setattr(select, "load", load)
        stack = load("prod")
        graph = capture_environment(stack, placeholder_root_secret(stack.settings))
        apply(control_plane, *missing_definitions(declared(graph, Ownership("definitions", "default"))))
        yield control_plane


@pytest.fixture
def environment(prod: ControlPlane, capsys: pytest.CaptureFixture[str]) -> Environment:
    return Environment(prod, Commands(capsys))


def test_before_the_first_up_a_preview_knows_everything_and_changes_nothing(environment: Environment) -> None:
    changes = environment.groundwork.changed("preview", "prod")
    assert set(changes.values()) == {"create"}
    assert {"Cluster", "NodeGroup", "Deployment"} & {title.partition(" ")[0] for title in changes} >= {"Cluster"}
    assert f"Namespace {PREFIX}-tracking" in changes
    assert environment.namespaces == set()


def test_up_makes_the_account_and_fills_the_cluster_and_a_second_one_changes_nothing(environment: Environment) -> None:
    assert environment.groundwork.run("up", "prod", "--yes") == 0, environment.groundwork.err
    assert f"{PREFIX}-tracking" in environment.namespaces
    assert environment.groundwork.changed("up", "prod", "--yes") == {}


def test_every_resource_has_the_provider_that_was_made_for_it(environment: Environment) -> None:
    providers = [
        r["urn"].rpartition("::")[2] for r in environment.resources if r["type"].startswith("pulumi:providers")
    ]
    assert "account" in providers
    assert [name for name in providers if name.startswith("default")] == []


def test_the_cluster_s_credentials_are_a_command_and_never_kept(environment: Environment) -> None:
    _, status = _credentials(environment.plane.kubeconfig)
    assert status["clientKeyData"].splitlines()[1] not in json.dumps(environment.resources)
    assert environment.groundwork.json("outputs", "prod")["kubeconfig"].count("get-token") == 1


def test_destroy_says_what_stays_and_why_and_takes_the_rest(environment: Environment) -> None:
    assert environment.groundwork.run("destroy", "prod", "--yes") == 0, environment.groundwork.err
    assert "stays: protected" in environment.groundwork.err
    left = [r for r in environment.resources if r.get("custom") and not r["type"].startswith("pulumi:")]
    protected = {r["type"] for r in left if r.get("protect")}
    assert {"aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key"} <= protected
    assert not [r["type"] for r in left if r["type"].startswith("kubernetes:")]
    assert environment.namespaces == set()
