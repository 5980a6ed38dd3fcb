"""What a killed run leaves behind, and the files that a run reads and writes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import settings
from infra.engines.automation.backend import LocalBackend, variables
from infra.engines.automation.interrupted import interrupted_creations, settled
from infra.engines.automation.stack_file import private_copy
from infra.engines.cluster import Target
from infra.errors import UserError

NAMESPACE = "kubernetes:core/v1:Namespace"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def resource(type_: str, name: str, namespace: str | None = None) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"urn": f"urn:{name}", "type": type_, "custom": True, "inputs": {"metadata": metadata}}


def creating(*resources: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "creating", "resource": r} for r in resources]


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalBackend:
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path / "state"))
    return LocalBackend.of("local")


def stack(folder: Path, environment: str = "    profile: small\n", rest: str = "") -> settings.Stack:
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.local.yaml").write_text(f"{rest}config:\n  groundwork:environment:\n{environment}")
    return settings.load("local", stacks_dir=folder)


def test_a_creation_that_a_later_run_finished_is_forgotten() -> None:
    made = resource(DEPLOYMENT, "a", "n")
    after, taken = settled({"resources": [{**made, "id": "n/a"}], "pending_operations": creating(made)})
    assert taken == []
    assert [r["id"] for r in after["resources"]] == ["n/a"]
    assert not interrupted_creations(after)


def test_a_creation_that_nobody_finished_becomes_an_object_that_can_be_deleted() -> None:
    pending = creating(resource(NAMESPACE, "n"), resource(DEPLOYMENT, "a", "n"), resource(DEPLOYMENT, "a", "n"))
    after, taken = settled({"resources": [], "pending_operations": pending})
    assert taken == ["urn:n", "urn:a"]
    assert [r["id"] for r in after["resources"]] == ["n", "n/a"]


def test_what_has_no_name_to_find_it_by_is_not_made_up() -> None:
    bucket = {"urn": "urn:b", "type": "aws:s3/bucket:Bucket", "custom": True, "inputs": {}}
    after, taken = settled({"resources": [], "pending_operations": creating(bucket)})
    assert (after["resources"], taken) == ([], [])
    assert interrupted_creations(after) == ["urn:b"], "Pulumi asks for it at the next refresh"


def test_the_private_copy_means_the_same_and_leaves_out_a_foreign_salt(backend: LocalBackend, tmp_path: Path) -> None:
    at = stack(tmp_path / "stacks", rest="encryptionsalt: v1:of:another:machine\n")
    before = at.path.read_bytes()
    data = json.loads(private_copy(at, backend.directory).read_text())
    assert data == {"config": {"groundwork:environment": {"profile": "small"}}}
    assert at.path.read_bytes() == before


def test_the_private_copy_keeps_the_salt_of_secrets_that_it_holds(backend: LocalBackend, tmp_path: Path) -> None:
    secret = "  groundwork:root_secret:\n    secure: v1:abc:def\n"
    at = stack(tmp_path / "stacks", f"    profile: small\n{secret}", "encryptionsalt: v1:its:own\n")
    assert json.loads(private_copy(at, backend.directory).read_text())["encryptionsalt"] == "v1:its:own"


def test_a_context_of_the_command_line_wins_over_the_stack_files(backend: LocalBackend, tmp_path: Path) -> None:
    there = stack(tmp_path / "stacks", "    cluster: {kind: existing, context: there}\n")
    here = stack(tmp_path / "chosen", "    cluster: {kind: existing, context: here}\n")
    chosen = settings.Stack(there.name, there.path, here.settings)
    data = json.loads(private_copy(chosen, backend.directory).read_text())
    assert data["config"]["groundwork:environment"]["cluster"] == {"kind": "existing", "context": "here"}


def test_a_context_that_is_not_the_current_one_gets_a_kubeconfig_of_its_own(
    backend: LocalBackend, tmp_path: Path
) -> None:
    source = tmp_path / "kubeconfig"
    clusters = [{"name": "c", "cluster": {"server": "https://c", "certificate-authority": "ca.crt"}}]
    source.write_text(json.dumps({"current-context": "a", "clusters": clusters}))
    at = stack(tmp_path / "stacks")
    assert variables(at, Target("existing", source, "a"))["KUBECONFIG"] == str(source)
    copy = Path(variables(at, Target("existing", source, "b"))["KUBECONFIG"])
    assert copy != source
    assert copy.stat().st_mode & 0o077 == 0
    text = copy.read_text()
    assert "current-context: b" in text
    assert str(tmp_path / "ca.crt") in text


def test_the_passphrase_is_made_once_and_for_this_user_alone(backend: LocalBackend) -> None:
    assert not backend.exists
    path = backend.directory / "passphrase"
    made = path.read_text()
    assert len(made) >= 32
    assert path.stat().st_mode & 0o077 == 0
    assert backend.directory.stat().st_mode & 0o077 == 0
    assert not backend.exists
    assert path.read_text() == made


def test_a_lost_passphrase_is_said_and_no_other_is_made_for_the_state(backend: LocalBackend) -> None:
    assert not backend.exists
    keep(backend, '{"checkpoint": {"latest": null}}')
    (backend.directory / "passphrase").unlink()
    with pytest.raises(UserError, match="passphrase is missing"):
        _ = backend.exists
    assert not (backend.directory / "passphrase").exists()


@pytest.mark.parametrize("text", ["", '{"checkpoint": {"la', "[]", "{}"])
def test_a_damaged_state_is_said(backend: LocalBackend, text: str) -> None:
    assert not backend.exists
    keep(backend, text)
    with pytest.raises(UserError, match=r"is damaged.*Nothing was changed"):
        _ = backend.exists


def keep(backend: LocalBackend, text: str) -> None:
    backend.state.parent.mkdir(parents=True)
    backend.state.write_text(text)


def lock_of(backend: LocalBackend, pid: int) -> None:
    folder = backend.directory / ".pulumi" / "locks" / "organization" / "groundwork" / "local"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps({"pid": pid, "hostname": socket.gethostname(), "timestamp": "now"}))


def test_a_lock_of_a_dead_process_is_stale(backend: LocalBackend) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    assert not backend.stale_locks()
    lock_of(backend, dead.pid)
    assert backend.stale_locks()


def test_a_number_that_another_program_got_since_is_stale_too(backend: LocalBackend) -> None:
    lock_of(backend, os.getpid())
    assert backend.stale_locks()


def test_a_person_who_runs_pulumi_by_hand_is_not_disturbed(backend: LocalBackend, tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as alive:
        lock_of(backend, alive.pid)
        try:
            with pytest.raises(UserError, match=f"process {alive.pid}"):
                backend.stale_locks()
        finally:
            alive.kill()
