"""A small client of a container registry: pushes and pulls one image, after the OCI distribution specification."""

import base64
import hashlib
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urljoin

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = b"{}"


@dataclass(frozen=True)
class Answer:
    """What the registry said."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class RegistryClient:
    """Talks to one registry, with a name and a password or without."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request. An answer of any status is an answer."""
        request = urllib.request.Request(urljoin(self.url, path), data=body, method=method)  # noqa: S310
        if self.user is not None:
            token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def push(self, repository: str, tag: str, layer: bytes) -> str:
        """Pushes an image of one layer; its digest."""
        described = [self._push_blob(repository, blob) for blob in (EMPTY, layer)]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **described[0]},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **described[1]}],
        }
        path = f"/v2/{repository}/manifests/{tag}"
        put = self.request("PUT", path, json.dumps(manifest).encode(), Content_Type=MANIFEST)
        _expect(put, 201)
        return put.headers["Docker-Content-Digest"]

    def pull(self, repository: str, reference: str) -> bytes:
        """The layer of an image, checked against its digest."""
        got = self.request("GET", f"/v2/{repository}/manifests/{reference}", Accept=MANIFEST)
        _expect(got, 200)
        digest = json.loads(got.body)["layers"][0]["digest"]
        blob = self.request("GET", f"/v2/{repository}/blobs/{digest}")
        _expect(blob, 200)
        assert _digest(blob.body) == digest, "the registry gave other bytes than the digest names"
        return blob.body

    def delete(self, repository: str, digest: str) -> None:
        """Deletes a manifest. Its blobs stay until the garbage is collected."""
        _expect(self.request("DELETE", f"/v2/{repository}/manifests/{digest}"), 202)

    def _push_blob(self, repository: str, blob: bytes) -> dict[str, object]:
        begun = self.request("POST", f"/v2/{repository}/blobs/uploads/")
        _expect(begun, 202)
        sent = self.request("PATCH", begun.headers["Location"], blob, Content_Type="application/octet-stream")
        _expect(sent, 202)
        location, digest = sent.headers["Location"], _digest(blob)
        joint = "&" if "?" in location else "?"
        _expect(self.request("PUT", f"{location}{joint}digest={digest}", b""), 201)
        return {"digest": digest, "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _expect(answer: Answer, status: int) -> None:
    assert answer.status == status, f"the registry answered {answer.status}: {answer.body.decode(errors='replace')}"
