"""Makes the gateway have exactly the declared buckets, accounts and policies. Runs in a pod with Python and boto3.

May run again at any time. Never deletes a bucket; removes only accounts whose name carries the platform's prefix.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import boto3  # type: ignore[import-not-found,import-untyped,unused-ignore]
from botocore.auth import S3SigV4Auth  # type: ignore[import-not-found,import-untyped,unused-ignore]
from botocore.awsrequest import AWSRequest  # type: ignore[import-not-found,import-untyped,unused-ignore]
from botocore.config import Config  # type: ignore[import-not-found,import-untyped,unused-ignore]
from botocore.credentials import Credentials  # type: ignore[import-not-found,import-untyped,unused-ignore]

PATIENCE = 300  # Seconds until the job gives up on a gateway that does not answer; Kubernetes then starts it anew.
OBJECT_ACTIONS = (
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
)
BUCKET_ACTIONS = ("s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucketMultipartUploads")


class Gateway:
    """The gateway's S3 API, and its admin API, which boto3 does not know."""

    def __init__(self) -> None:
        self._admin = os.environ["ADMIN_ENDPOINT"]
        self._region = os.environ["AWS_REGION"]
        self._root = Credentials(os.environ["ROOT_ACCESS_KEY_ID"], os.environ["ROOT_SECRET_ACCESS_KEY"])
        self.s3 = boto3.client(
            "s3",
            endpoint_url=os.environ["S3_ENDPOINT"],
            region_name=self._region,
            aws_access_key_id=self._root.access_key,
            aws_secret_access_key=self._root.secret_key,
            config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 5}),
        )

    def admin(self, action: str, body: bytes = b"") -> bytes:
        """One call of the admin API. Raises `urllib.error.URLError`."""
        request = AWSRequest("PATCH", f"{self._admin}/{action}", data=body)
        S3SigV4Auth(self._root, "s3", self._region).add_auth(request)
        sent = urllib.request.Request(  # noqa: S310 - the address is the platform's own
            str(request.url), data=body, headers=dict(request.headers.items()), method="PATCH"
        )
        with urllib.request.urlopen(sent, timeout=30) as response:  # noqa: S310
            return bytes(response.read())

    def accounts(self) -> dict[str, tuple[str, str]]:
        """Access key → secret key and role."""
        listed = ET.fromstring(self.admin("list-users"))  # noqa: S314 - the gateway's own answer
        return {
            account.findtext("Access", ""): (account.findtext("Secret", ""), account.findtext("Role", ""))
            for account in listed.iter("Accounts")
        }


def xml(tag: str, **fields: str) -> bytes:
    """A flat XML element."""
    element = ET.Element(tag)
    for name, text in fields.items():
        ET.SubElement(element, name).text = text
    return ET.tostring(element)


def wait(gateway: Gateway) -> None:
    """Until the admin API answers, or `PATIENCE` ends."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            gateway.accounts()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            refused = isinstance(error, urllib.error.HTTPError) and error.code in (401, 403)
            if refused or time.monotonic() > give_up:
                raise
            print(f"waiting for the gateway: {error}", flush=True)
            time.sleep(2)


def keep_account(gateway: Gateway, existing: dict[str, tuple[str, str]], account: str, secret: str) -> None:
    """An account that may do nothing until a bucket's policy names it."""
    if account not in existing:
        gateway.admin("create-user", xml("Account", Access=account, Secret=secret, Role="user"))
        print(f"account {account}: made")
    elif existing[account] != (secret, "user"):
        gateway.admin(f"update-user?access={quote(account)}", xml("MutableProps", Secret=secret, Role="user"))
        print(f"account {account}: updated")


def keep_bucket(gateway: Gateway, bucket: str, account: str, versioning: bool) -> None:
    """A bucket of root's, in which one account reads and writes objects, and changes nothing else."""
    s3 = gateway.s3
    if bucket not in {listed["Name"] for listed in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket)
        print(f"bucket {bucket}: made")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(bucket, account)))
    status = s3.get_bucket_versioning(Bucket=bucket).get("Status")
    wanted: Literal["Enabled", "Suspended"] = "Enabled" if versioning else "Suspended"
    if status != wanted and (versioning or status == "Enabled"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": wanted})
        print(f"bucket {bucket}: versioning {wanted.lower()}")


def policy(bucket: str, account: str) -> dict[str, object]:
    """What one account may do in one bucket. Old versions stay out of its reach."""
    resource = f"arn:aws:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": [account]},
                "Action": list(actions),
                "Resource": [target],
            }
            for actions, target in ((BUCKET_ACTIONS, resource), (OBJECT_ACTIONS, f"{resource}/*"))
        ],
    }


def main() -> None:
    """Accounts first, since policies name them; what is no longer declared last."""
    declared = json.loads(Path(os.environ["DECLARED"]).read_text(encoding="utf-8"))
    keys = Path(os.environ["KEYS"])
    gateway = Gateway()
    wait(gateway)
    existing = gateway.accounts()
    for bucket, wanted in sorted(declared["buckets"].items()):
        account = wanted["account"]
        keep_account(gateway, existing, account, (keys / account).read_text(encoding="utf-8"))
        keep_bucket(gateway, bucket, account, wanted["versioning"])
    kept = {wanted["account"] for wanted in declared["buckets"].values()}
    for account in sorted(existing.keys() - kept):
        if account.startswith(declared["prefix"]):
            gateway.admin(f"delete-user?access={quote(account)}")
            print(f"account {account}: removed, it is no longer declared")
    print(f"{len(declared['buckets'])} buckets in step")


if __name__ == "__main__":
    try:
        main()
    except urllib.error.HTTPError as error:
        answer = ET.fromstring(error.read() or b"<Error/>")  # noqa: S314
        sys.exit(f"the gateway refused ({error.code}): {answer.findtext('Code', '')} {answer.findtext('Message', '')}")
    except urllib.error.URLError as error:
        sys.exit(f"the gateway does not answer: {error.reason}")
