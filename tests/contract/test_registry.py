"""The registry gives and takes images to and from those it knows, and collects its garbage."""

import hashlib
import http.client
import json

import pytest

from tests.contract.environment import REGISTRY
from tests.contract.harness import Platform
from tests.scenario.oci import MANIFEST, RegistryClient
from tests.scenario.play import DataScientist


@pytest.fixture(scope="module")
def pushed(scientist: DataScientist) -> str:
    """The digest of an image that is there."""
    return scientist.registry().push("team/kept", "1", b"kept" * 1000)


@pytest.mark.parametrize(("user", "password"), [(None, None), ("push", "wrong"), ("nobody", "")])
def test_who_is_not_known_neither_pulls_nor_pushes_nor_lists(
    scientist: DataScientist, pushed: str, user: str | None, password: str | None
) -> None:
    stranger = RegistryClient(scientist.endpoints.registry_url, user, password)
    asked = [
        ("GET", "/v2/"),
        ("GET", "/v2/_catalog"),
        ("GET", "/v2/team/kept/tags/list"),
        ("GET", f"/v2/team/kept/manifests/{pushed}"),
        ("PUT", "/v2/team/kept/manifests/2"),
        ("DELETE", f"/v2/team/kept/manifests/{pushed}"),
        ("POST", "/v2/team/kept/blobs/uploads/"),
    ]
    assert {(method, path): stranger.request(method, path).status for method, path in asked} == dict.fromkeys(
        asked, 401
    )


def test_a_blob_whose_digest_is_not_that_of_its_bytes_is_refused(scientist: DataScientist) -> None:
    registry = scientist.registry()
    begun = registry.request("POST", "/v2/team/broken/blobs/uploads/")
    location = begun.headers["Location"]
    joint = "&" if "?" in location else "?"
    wrong = hashlib.sha256(b"other").hexdigest()
    put = registry.request(
        "PUT", f"{location}{joint}digest=sha256:{wrong}", b"bytes", Content_Type="application/octet-stream"
    )
    assert put.status == 400


def test_garbage_collection_deletes_what_no_manifest_names_and_keeps_the_rest(
    scientist: DataScientist, platform: Platform, pushed: str
) -> None:
    registry, layer = scientist.registry(), b"garbage" * 1000
    digest = registry.push("team/dropped", "1", layer)
    described = json.loads(registry.request("GET", f"/v2/team/dropped/manifests/{digest}", Accept=MANIFEST).body)
    blob = f"/v2/team/dropped/blobs/{described['layers'][0]['digest']}"
    registry.delete("team/dropped", digest)
    assert registry.request("HEAD", blob).status == 200
    platform.run("CronJob", REGISTRY, "registry-garbage-collection")
    assert registry.request("HEAD", blob).status == 404
    assert registry.pull("team/kept", "1") == b"kept" * 1000
    # The same image can come again: nothing believes that its blobs are still there.
    registry.push("team/dropped", "1", layer)
    assert registry.pull("team/dropped", "1") == layer


def test_monitoring_reads_the_registrys_metrics_at_a_port_that_serves_no_images(
    platform: Platform, pushed: str
) -> None:
    pod = platform.pod("Deployment", REGISTRY, "registry")
    for path, wanted in (("/metrics", 200), ("/v2/", 404), (f"/v2/team/kept/manifests/{pushed}", 404)):
        asking = http.client.HTTPConnection(pod.address, timeout=60)
        asking.sock = platform.reach_pod(pod, 5001)
        asking.request("GET", path)
        answer = asking.getresponse()
        body = answer.read()
        assert answer.status == wanted, path
        asking.close()
        if wanted == 200:
            assert b"registry_http" in body


def test_an_image_outlives_the_pod_that_took_it(scientist: DataScientist, platform: Platform, pushed: str) -> None:
    platform.delete_pod("Deployment", REGISTRY, "registry")
    platform.wait_ready(120)
    assert scientist.registry().pull("team/kept", pushed) == b"kept" * 1000
