"""What is recorded of an account, and that nobody can change it afterwards."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.graph import Graph, Resource
from tests.unit.components.environment import environment

ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
TRAIL = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/mlops-local"
BUCKET = "mlops-local-111122223333-audit"


def _audit(account: Mapping[str, Any] | None = None, **audit: Any) -> Graph:
    return environment(account={**ACCOUNT, **(account or {})}, audit={"kind": "cloudtrail", **audit})


def _one(graph: Graph, type_: str, name: str = "audit") -> Resource:
    (found,) = [r for r in graph if r.type.endswith(f":{type_}") and r.name == name]
    return found


def _statements(resource: Resource, path: str = "policy") -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in json.loads(resource.inputs[path])["Statement"]}


def test_off_by_default() -> None:
    assert not [r for r in environment(account=ACCOUNT) if ":cloudtrail/" in r.type or ":cfg/" in r.type]


def test_the_trail_covers_every_region_and_its_logs_can_be_proven() -> None:
    trail = _one(_audit(), "Trail").inputs
    assert trail["isMultiRegionTrail"] and trail["includeGlobalServiceEvents"] and trail["enableLogFileValidation"]
    assert trail["s3BucketName"] == BUCKET
    assert "advancedEventSelectors" not in trail and "cloudWatchLogsGroupArn" not in trail


@pytest.mark.parametrize("mode", ["governance", "compliance"])
def test_logs_are_locked_as_long_as_the_settings_say(mode: str) -> None:
    graph = _audit(lock={"mode": mode, "days": 200}, expire_after=300)
    lock = _one(graph, "BucketObjectLockConfiguration").inputs
    assert lock["rule"]["defaultRetention"] == {"mode": mode.upper(), "days": 200}
    bucket = _one(graph, "Bucket")
    assert bucket.inputs["objectLockEnabled"] is True
    assert bucket.protect
    (rule,) = _one(graph, "BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"]["days"] == 300


def test_only_this_trail_writes_and_only_below_its_account() -> None:
    statements = _statements(_one(_audit(), "BucketPolicy"))
    writes = statements["TrailWrites"]
    assert writes["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert writes["Resource"] == f"arn:aws:s3:::{BUCKET}/AWSLogs/111122223333/*"
    assert writes["Condition"]["StringEquals"]["aws:SourceArn"] == TRAIL
    assert statements["TrailChecks"]["Condition"] == {"StringEquals": {"aws:SourceArn": TRAIL}}
    assert [s["Sid"] for s in statements.values() if s["Effect"] == "Allow"] == ["TrailChecks", "TrailWrites"]


def test_the_key_serves_this_trail_alone() -> None:
    statements = _statements(_one(_audit(), "Key"))
    assert statements.keys() == {"Account", "Cloudtrail"}
    assert statements["Cloudtrail"]["Condition"] == {"StringEquals": {"aws:SourceArn": TRAIL}}


def test_delivery_to_cloudwatch_has_a_role_for_its_own_streams() -> None:
    graph = _audit(cloudwatch=True, log_days=30)
    group = _one(graph, "LogGroup")
    assert group.inputs["retentionInDays"] == 30
    write = _statements(_one(graph, "RolePolicy"))["Write"]
    assert write["Resource"] == f"{group.outputs['arn']}:log-stream:111122223333_CloudTrail_eu-central-1*"
    assert _one(graph, "Trail").inputs["cloudWatchLogsGroupArn"] == f"{group.outputs['arn']}:*"
    context = _statements(_one(graph, "Key"))["Logs"]["Condition"]["ArnEquals"]
    assert context["kms:EncryptionContext:aws:logs:arn"].endswith(f":111122223333:log-group:{group.inputs['name']}")


def test_the_recorder_starts_after_its_channel_and_writes_to_a_bucket_without_a_lock() -> None:
    graph = _audit(config=True)
    assert _one(graph, "Bucket", "audit-config").inputs.get("objectLockEnabled") is not True
    assert not [r for r in graph if r.type.endswith(":BucketObjectLockConfiguration") and r.name == "audit-config"]
    recorder, channel, status = (_one(graph, kind) for kind in ("Recorder", "DeliveryChannel", "RecorderStatus"))
    assert recorder.urn in channel.dependencies
    assert channel.urn in status.dependencies
    assert status.inputs["isEnabled"] is True
    rules = [r for r in graph if r.type == "aws:cfg/rule:Rule"]
    assert rules and all(recorder.urn in rule.dependencies for rule in rules)


def test_roles_are_bounded_where_the_account_says_so() -> None:
    boundary = "arn:aws:iam::111122223333:policy/boundary"
    graph = _audit({"permission_boundary": boundary}, cloudwatch=True, config=True)
    roles = [r for r in graph if r.type == "aws:iam/role:Role"]
    assert len(roles) == 2 and {r.inputs["permissionsBoundary"] for r in roles} == {boundary}


def test_with_protection_off_everything_may_go() -> None:
    graph = _audit({"protection": "off"})
    assert not [r.name for r in graph if r.type.startswith("aws:") and r.protect]
    assert _one(graph, "Bucket").inputs["forceDestroy"] is True
