"""Every account reaches its own bucket and nothing else, and the accounts' job keeps it so."""

import http.client
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.contract.environment import OBJECT_STORAGE, Declaration
from tests.contract.harness import Platform
from tests.scenario.endpoints import Endpoints

CONSUMERS = {"tracking": "tracking", "registry": "registry", "backup": "backup", "teams": "teams"}
"""Consumer → bucket."""
ROOT = "root"

Call = tuple[str, str, dict[str, Any]]
S3 = Callable[[Sequence[Call]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def s3(declared: Declaration, endpoints: Endpoints, client_python: Path) -> S3:
    """Makes calls of the S3 API as the accounts of consumers, as root, or as nobody."""
    accounts = {
        who: [f"groundwork-{who}", declared.secrets.password(f"object-storage/{who}")] for who in (*CONSUMERS, ROOT)
    }

    def ask(calls: Sequence[Call]) -> list[dict[str, Any]]:
        done = subprocess.run(
            [client_python, Path(__file__).with_name("s3.py")],
            input=json.dumps({"endpoint": endpoints.object_storage_url, "accounts": accounts, "calls": calls}),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return ask


def test_each_account_reads_and_writes_its_own_bucket_alone(s3: S3) -> None:
    calls: list[Call] = []
    for who in CONSUMERS:
        for bucket in CONSUMERS.values():
            calls += [
                (who, "put_object", {"Bucket": bucket, "Key": f"test/{who}", "Body": who}),
                (who, "get_object", {"Bucket": bucket, "Key": f"test/{bucket}"}),
                (who, "list_objects_v2", {"Bucket": bucket, "Prefix": "test/"}),
            ]
    # Every bucket's own object is there before others ask for it.
    s3(
        [
            (who, "put_object", {"Bucket": bucket, "Key": f"test/{bucket}", "Body": who})
            for who, bucket in CONSUMERS.items()
        ]
    )
    for (who, operation, arguments), found in zip(calls, s3(calls), strict=True):
        if CONSUMERS[who] == arguments["Bucket"]:
            assert "error" not in found, (who, operation, arguments, found)
        else:
            assert found == {"error": "AccessDenied"}, (who, operation, arguments)


def test_nobody_reaches_anything_without_keys(s3: S3) -> None:
    calls: list[Call] = [
        call
        for bucket in CONSUMERS.values()
        for call in (
            ("", "list_objects_v2", {"Bucket": bucket}),
            ("", "put_object", {"Bucket": bucket, "Key": "x", "Body": "x"}),
        )
    ]
    assert {found.get("error") for found in s3([*calls, ("", "list_buckets", {})])} == {"AccessDenied"}


def test_an_account_changes_nothing_but_objects(s3: S3) -> None:
    everyone = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}'
    )
    calls: list[Call] = [
        ("tracking", "create_bucket", {"Bucket": "mine"}),
        ("tracking", "delete_bucket", {"Bucket": "tracking"}),
        ("tracking", "put_bucket_policy", {"Bucket": "tracking", "Policy": everyone}),
        ("tracking", "put_bucket_acl", {"Bucket": "tracking", "ACL": "public-read"}),
        ("teams", "put_bucket_versioning", {"Bucket": "teams", "VersioningConfiguration": {"Status": "Suspended"}}),
    ]
    for call, found in zip(calls, s3(calls), strict=True):
        assert "error" in found, call
    assert [b["Name"] for b in s3([("tracking", "list_buckets", {})])[0].get("Buckets", [])] in ([], ["tracking"])


def test_the_admin_api_has_a_port_of_its_own_and_refuses_a_consumers_keys(
    platform: Platform, s3: S3, endpoints: Endpoints
) -> None:
    for port in (7070, 7071):
        asking = http.client.HTTPConnection(platform.forward(OBJECT_STORAGE, "object-storage", port), timeout=30)
        asking.request("PATCH", "/list-users")
        assert asking.getresponse().status in (403, 404, 405, 501)


def test_an_overwritten_or_deleted_object_of_a_versioned_bucket_can_be_had_again_and_its_user_can_not_end_that(
    s3: S3,
) -> None:
    thing = {"Bucket": "teams", "Key": "versioned"}
    s3([("teams", "put_object", {**thing, "Body": body}) for body in ("first", "second")])
    s3([("teams", "delete_object", thing)])
    gone, versions, status = s3(
        [
            ("teams", "get_object", thing),
            (ROOT, "list_object_versions", {"Bucket": "teams", "Prefix": "versioned"}),
            (ROOT, "get_bucket_versioning", {"Bucket": "teams"}),
        ]
    )
    assert gone == {"error": "NoSuchKey"}
    assert status == {"Status": "Enabled"}
    identifiers = [version["VersionId"] for version in versions["Versions"]]
    for identifier in identifiers:
        assert "error" in s3([("teams", "delete_object", {**thing, "VersionId": identifier})])[0]
    again = s3([(ROOT, "get_object", {**thing, "VersionId": identifier}) for identifier in identifiers])
    assert {found["Body"] for found in again} == {"first", "second"}


def test_a_bucket_that_did_not_ask_for_versions_keeps_none(s3: S3) -> None:
    assert s3([(ROOT, "get_bucket_versioning", {"Bucket": "registry"})])[0].get("Status") != "Enabled"


@pytest.fixture
def accounts_job(platform: Platform) -> Iterator[Callable[[], str]]:
    """Runs the accounts' job once more; what it printed."""
    name = next(m["metadata"]["name"] for m in platform.objects.of("Job") if "accounts" in m["metadata"]["name"])
    yield lambda: platform.run("Job", OBJECT_STORAGE, name)


def test_the_accounts_job_changes_nothing_when_it_runs_again(accounts_job: Callable[[], str]) -> None:
    said = accounts_job()
    assert "4 buckets in step" in said
    assert "made" not in said
    assert "updated" not in said


def test_the_accounts_job_puts_back_what_somebody_changed_by_hand(s3: S3, accounts_job: Callable[[], str]) -> None:
    changes: list[Call] = [
        (ROOT, "delete_bucket_policy", {"Bucket": "tracking"}),
        (ROOT, "put_bucket_versioning", {"Bucket": "teams", "VersioningConfiguration": {"Status": "Suspended"}}),
        (ROOT, "create_bucket", {"Bucket": "by-hand"}),
    ]
    assert [found for found in s3(changes) if "error" in found] == []
    mine: Call = ("tracking", "put_object", {"Bucket": "tracking", "Key": "drift", "Body": "x"})
    assert s3([mine]) == [{"error": "AccessDenied"}]
    accounts_job()
    written, status, kept = s3(
        [mine, (ROOT, "get_bucket_versioning", {"Bucket": "teams"}), (ROOT, "head_bucket", {"Bucket": "by-hand"})]
    )
    assert "error" not in written
    assert status == {"Status": "Enabled"}
    assert "error" not in kept, "a bucket that nobody declared must not be deleted"
    s3([(ROOT, "delete_bucket", {"Bucket": "by-hand"})])
