"""Where states are read from, and what is said where they can't be."""

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errors import UserError
from infra.terraform.sources import read, take
from tests.unit.terraform.states import state

STATE = state(outputs={"account_id": "111122223333"})


class _Backend(http.server.BaseHTTPRequestHandler):
    """An HTTP backend that takes one password, and one address that leads elsewhere."""

    elsewhere: str = ""
    seen: list[str | None]

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization"))
        wanted = "Basic " + base64.b64encode(b"ci:hunter2").decode()
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", self.elsewhere)
        elif self.path == "/empty":
            self.send_response(204)
        elif self.path != "/open" and self.headers.get("Authorization") != wanted:
            self.send_response(401)
        else:
            self.send_response(200)
        self.end_headers()
        if self.path in ("/open", "/state"):
            self.wfile.write(STATE.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv("TF_HTTP_USERNAME", raising=False)
    monkeypatch.delenv("TF_HTTP_PASSWORD", raising=False)
    _Backend.seen = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Backend) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        _Backend.elsewhere = f"{address}/open"
        yield address
        server.shutdown()


def test_an_http_backend_gets_the_environment_s_credentials(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"answers 401 .*TF_HTTP_PASSWORD must hold"):
        read(f"{backend}/state", tmp_path)
    monkeypatch.setenv("TF_HTTP_USERNAME", "ci")
    monkeypatch.setenv("TF_HTTP_PASSWORD", "hunter2")
    assert read(f"{backend}/state", tmp_path).outputs["account_id"].value == "111122223333"


def test_credentials_do_not_follow_a_redirect(backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_HTTP_PASSWORD", "hunter2")
    assert read(f"{backend}/moved", tmp_path).serial == 3
    assert _Backend.seen[0] and _Backend.seen[1] is None


def test_an_http_backend_without_a_state_yet_says_so(backend: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no state yet"):
        read(f"{backend}/empty", tmp_path)


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("https://ci:hunter2@gitlab.example.com/state", "no credentials in addresses"),
        ("https://gitlab.example.com/state?private_token=hunter2", "no credentials in addresses"),
        ("http://gitlab.example.com/state", "would go over the network in clear"),
        ("http://127.0.0.1:9/state", "does not answer"),
        ("gcs://bucket/key", "terraform state pull"),
        ("s3://bucket", "write s3://BUCKET/KEY"),
        ("s3://bucket/key?regoin=x", "did you mean `region`?"),
        ("nowhere.tfstate", "nowhere.tfstate can't be read: No such file or directory"),
        (".", "is a folder: name the state in it"),
    ],
)
def test_what_is_no_source_is_refused(
    location: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_HTTP_PASSWORD", "hunter2")
    with pytest.raises(UserError) as refused:
        read(location, tmp_path)
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("vpc_id = 1", "is not JSON"),
        ("[]", "it is no object"),
        ('{"version": 3, "lineage": "x", "serial": 1, "modules": []}', "is a state of version 3"),
        ('{"version": 4, "lineage": "x", "serial": 1, "resources": [{}]}', "is not as Terraform writes it"),
        ('{"serial": 1, "lineage": "x", "encrypted_data": "y"}', "`tofu state pull"),
        ('{"name": "x"}', "neither a state file nor"),
        (
            json.dumps({"version": 3, "backend": {"type": "s3", "config": {"bucket": "b", "key": "k", "region": "r"}}}),
            "only says where the state is: give s3://b/k?region=r",
        ),
        (json.dumps({"version": 3, "backend": {"type": "gcs"}}), "`terraform state pull"),
    ],
)
def test_what_is_no_state_is_refused(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(UserError) as refused:
        read("x", tmp_path)
    assert says in str(refused.value)


def test_a_relative_file_is_kept_as_seen_from_the_stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "network").mkdir()
    (tmp_path / "stacks").mkdir()
    (tmp_path / "network" / "terraform.tfstate").write_text(STATE)
    monkeypatch.chdir(tmp_path / "network")
    source = take("terraform.tfstate", tmp_path / "stacks")
    assert source.location == "../network/terraform.tfstate"
    assert read(source.location, tmp_path / "stacks").serial == 3


def test_a_state_in_s3_is_read_with_the_usual_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="states")
        client.put_object(Bucket="states", Key="env/network.tfstate", Body=STATE.encode())
        assert read("s3://states/env/network.tfstate?region=us-east-1", tmp_path).serial == 3
        with pytest.raises(UserError, match="no such object; a workspace's state is at env:/WORKSPACE/KEY"):
            read("s3://states/nowhere?region=us-east-1", tmp_path)


def test_s3_without_credentials_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(UserError, match="Unable to locate credentials"):
        read("s3://states/key?region=us-east-1", tmp_path)
