"""What an environment's buckets on S3 promise: private, encrypted, recoverable, and reached without a key."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.graph import Graph
from infra.settings.capabilities import ExistingEksCluster
from infra.settings.reference import example
from tests.unit.components.environment import environment, manifests, of, output

ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
CLUSTER = example(ExistingEksCluster)
BUCKET = "mlops-local-111122223333-"


@pytest.fixture(scope="module")
def graph() -> Graph:
    """With a bucket of a team's."""
    return environment(
        account=ACCOUNT,
        cluster=CLUSTER,
        object_storage={
            "kind": "s3",
            "buckets": ["vision"],
            "clients": [
                {"namespace": "vision", "service_account": "training", "reads": ["artifacts"], "writes": ["vision"]}
            ],
        },
    )


def configured(graph: Graph, type_: str) -> dict[str, Mapping[str, Any]]:
    """What configures the buckets, by purpose."""
    return {r.inputs["bucket"].removeprefix(BUCKET): r.inputs for r in of(graph, type_).values()}


def statements(graph: Graph, type_: str, name: str) -> dict[str, Any]:
    body = json.loads(of(graph, type_)[name].inputs["policy"])
    return {statement["Sid"]: statement for statement in body["Statement"]}


def reached(graph: Graph, role: str) -> dict[str, set[str]]:
    """By bucket's purpose, which objects' actions a client's role has."""
    found: dict[str, set[str]] = {}
    for statement in statements(graph, "RolePolicy", role).values():
        resources = statement["Resource"]
        for arn in [resources] if isinstance(resources, str) else resources:
            if arn.startswith("arn:aws:s3:::"):
                actions = statement["Action"]
                purpose = arn.removeprefix(f"arn:aws:s3:::{BUCKET}").partition("/")[0]
                found.setdefault(purpose, set()).update([actions] if isinstance(actions, str) else actions)
    return found


def test_buckets_are_named_so_that_people_find_them(graph: Graph) -> None:
    names = {bucket.inputs["bucket"] for bucket in of(graph, "Bucket").values()}
    assert names == {f"{BUCKET}{p}" for p in ("artifacts", "backups", "data", "logs", "registry", "vision")}
    assert output(graph, "object_storage_buckets")["vision"] == {"bucket": f"{BUCKET}vision"}


def test_what_guards_a_bucket_stays_when_it_stays(graph: Graph) -> None:
    guards = [r for r in graph if r.type.startswith("aws:s3/bucket") and "Replication" not in r.type]
    assert len(guards) > 6 * 6
    assert [r.name for r in guards if not r.protect] == []


def test_what_may_go_goes_with_its_objects() -> None:
    throwaway = environment(account={**ACCOUNT, "protection": "off"}, cluster=CLUSTER, object_storage={"kind": "s3"})
    buckets = of(throwaway, "Bucket").values()
    assert all(bucket.inputs["forceDestroy"] and not bucket.protect for bucket in buckets)


def test_what_must_stay_is_not_emptied(graph: Graph) -> None:
    assert not any(bucket.inputs["forceDestroy"] for bucket in of(graph, "Bucket").values())


def test_objects_are_under_the_environments_own_key_and_access_logs_under_s3s(graph: Graph) -> None:
    key = of(graph, "Key")["object-storage"].outputs["arn"]
    rules = {p: c["rules"][0] for p, c in configured(graph, "BucketServerSideEncryptionConfiguration").items()}
    defaults = {p: r["applyServerSideEncryptionByDefault"] for p, r in rules.items()}
    assert defaults.pop("logs") == {"sseAlgorithm": "AES256"}
    assert {(d["sseAlgorithm"], d["kmsMasterKeyId"]) for d in defaults.values()} == {("aws:kms", key)}
    assert all(rules[purpose]["bucketKeyEnabled"] for purpose in defaults)


def test_requests_without_tls_or_with_an_old_one_are_denied_to_everybody(graph: Graph) -> None:
    for name in of(graph, "BucketPolicy"):
        denied = [s for s in statements(graph, "BucketPolicy", name).values() if s["Effect"] == "Deny"]
        assert [s["Principal"] for s in denied] == ["*", "*"]
        assert [s["Condition"] for s in denied] == [
            {"Bool": {"aws:SecureTransport": "false"}},
            {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        ]


def test_every_bucket_but_the_logs_says_who_asked_for_what(graph: Graph) -> None:
    logged = configured(graph, "BucketLogging")
    assert set(logged) == {"artifacts", "backups", "data", "registry", "vision"}
    assert {inputs["targetBucket"] for inputs in logged.values()} == {f"{BUCKET}logs"}
    writer = statements(graph, "BucketPolicy", "logs")["AccessLogs"]
    assert writer["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert set(writer["Condition"]["ArnEquals"]["aws:SourceArn"]) == {f"arn:aws:s3:::{BUCKET}{p}" for p in logged}
    assert writer["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_each_client_reaches_its_own_bucket_and_no_other(graph: Graph) -> None:
    assert {role: set(reached(graph, f"storage-{role}")) for role in ("tracking", "registry", "vision-training")} == {
        "tracking": {"artifacts"},
        "registry": {"registry"},
        "vision-training": {"artifacts", "vision"},
    }


def test_who_only_reads_neither_writes_nor_deletes(graph: Graph) -> None:
    reading = {"s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"}
    assert reached(graph, "storage-database-restore") == {"backups": reading}
    assert reached(graph, "storage-vision-training")["artifacts"] == reading
    assert {"s3:PutObject", "s3:DeleteObject"} <= reached(graph, "storage-database-dump")["backups"]


def test_the_key_opens_to_a_client_no_other_bucket_than_its_own(graph: Graph) -> None:
    for statement in statements(graph, "RolePolicy", "storage-tracking").values():
        if statement["Sid"].endswith("Key"):
            assert statement["Condition"]["StringEquals"] == {
                "kms:ViaService": "s3.eu-central-1.amazonaws.com",
                "kms:EncryptionContext:aws:s3:arn": [f"arn:aws:s3:::{BUCKET}artifacts"],
            }


def test_nobody_holds_a_key_of_the_object_storage(graph: Graph) -> None:
    for key, manifest in manifests(graph).items():
        text = json.dumps(manifest)
        assert "AWS_ACCESS_KEY_ID" not in text and "ACCESSKEY" not in text, key
        assert "access-key" not in text, key


@pytest.mark.parametrize(
    ("workload", "role"),
    [
        (("Deployment", "mlops-tracking", "tracking"), "storage-tracking"),
        (("Deployment", "mlops-registry", "registry"), "storage-registry"),
        (("CronJob", "mlops-database", "database-dump"), "storage-database-dump"),
        (("CronJob", "mlops-database", "database-restore"), "storage-database-restore"),
    ],
)
def test_pods_start_once_their_role_is_theirs_and_under_its_service_account(
    graph: Graph, workload: tuple[str, str, str], role: str
) -> None:
    association = of(graph, "PodIdentityAssociation")[role]
    spec = manifests(graph)[workload]["spec"]
    template = spec["jobTemplate"]["spec"]["template"] if "jobTemplate" in spec else spec["template"]
    assert association.inputs["namespace"] == workload[1]
    assert association.inputs["serviceAccount"] == template["spec"]["serviceAccountName"]
    pods = next(r for r in graph if r.type.endswith(f":{workload[0]}") and r.name == workload[2])
    assert association.urn in pods.dependencies


@pytest.mark.parametrize(
    "policy",
    [
        ("mlops-tracking", "tracking"),
        ("mlops-registry", "registry-server"),
        ("mlops-registry", "registry-garbage-collection"),
        ("mlops-database", "database-dump"),
        ("mlops-database", "database-restore"),
    ],
)
def test_consumers_may_go_to_s3_and_to_the_agent_that_hands_out_credentials(
    graph: Graph, policy: tuple[str, str]
) -> None:
    rules = manifests(graph)["NetworkPolicy", *policy]["spec"]["egress"]
    ways = [(r["to"][0].get("ipBlock", {}).get("cidr"), [p["port"] for p in r["ports"]]) for r in rules]
    assert ("0.0.0.0/0", [443]) in ways
    assert ("169.254.170.23/32", [80]) in ways


def test_the_registry_may_send_the_one_acl_that_buckets_without_acls_take(graph: Graph) -> None:
    config = json.loads(manifests(graph)["ConfigMap", "mlops-registry", "registry"]["data"]["config.yml"])
    assert config["storage"]["s3"]["objectacl"] == "bucket-owner-full-control"
    assert "s3:PutObjectAcl" in reached(graph, "storage-registry")["registry"]
    assert "s3:PutObjectAcl" not in reached(graph, "storage-tracking")["artifacts"]


def test_services_use_the_regions_own_endpoint(graph: Graph) -> None:
    config = json.loads(manifests(graph)["ConfigMap", "mlops-registry", "registry"]["data"]["config.yml"])
    s3 = config["storage"]["s3"]
    assert (s3["bucket"], s3["region"]) == (f"{BUCKET}registry", "eu-central-1")
    assert s3["regionendpoint"] == "https://s3.eu-central-1.amazonaws.com"
    dump = manifests(graph)["CronJob", "mlops-database", "database-dump"]["spec"]["jobTemplate"]["spec"]["template"]
    env = {e["name"]: e.get("value") for e in dump["spec"]["containers"][0]["env"]}
    assert env["AWS_ENDPOINT_URL_S3"] == "https://s3.eu-central-1.amazonaws.com"
    assert env["BUCKET"] == f"{BUCKET}backups"


def test_lifecycles_are_those_of_the_settings_and_unfinished_uploads_go() -> None:
    graph = environment(
        account=ACCOUNT,
        cluster=CLUSTER,
        profile="large",
        object_storage={"kind": "s3", "lifecycle": {"data": {"move_after": 60, "move_to": "instant-archive"}}},
    )
    rules = {
        purpose: inputs["rules"][0] for purpose, inputs in configured(graph, "BucketLifecycleConfiguration").items()
    }
    assert rules["data"]["transitions"] == [{"days": 60, "storageClass": "GLACIER_IR"}]
    assert rules["artifacts"]["transitions"] == [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]
    assert rules["logs"]["expiration"] == {"days": 365}
    assert rules["data"]["noncurrentVersionExpiration"] == {"noncurrentDays": 90}
    assert {rule["abortIncompleteMultipartUpload"]["daysAfterInitiation"] for rule in rules.values()} == {7}


@pytest.fixture(scope="module")
def replicated() -> Graph:
    return environment(
        account=ACCOUNT, cluster=CLUSTER, object_storage={"kind": "s3", "replication": {"region": "eu-west-1"}}
    )


def test_copies_are_in_the_other_region_and_as_guarded_as_their_sources(replicated: Graph) -> None:
    providers = {r.urn: r.inputs["region"] for r in replicated if r.type == "pulumi:providers:aws"}
    regions = {r.inputs["bucket"]: providers[str(r.provider)] for r in of(replicated, "Bucket").values()}
    copies = {name for name, region in regions.items() if region == "eu-west-1"}
    assert copies == {f"{BUCKET}{purpose}-replica" for purpose in ("artifacts", "backups", "data")}
    for type_ in ("BucketPublicAccessBlock", "BucketPolicy", "BucketVersioning", "BucketOwnershipControls"):
        assert {r.inputs["bucket"] for r in of(replicated, type_).values()} >= copies


def test_copies_are_encrypted_anew_and_by_a_role_that_reads_one_bucket_and_writes_one(replicated: Graph) -> None:
    keys = {name: key.outputs["arn"] for name, key in of(replicated, "Key").items()}
    rule = of(replicated, "BucketReplicationConfig")["tracking"].inputs["rules"][0]
    assert rule["destination"] == {
        "bucket": f"arn:aws:s3:::{BUCKET}artifacts-replica",
        "encryptionConfiguration": {"replicaKmsKeyId": keys["object-storage-replicas"]},
    }
    assert rule["sourceSelectionCriteria"]["sseKmsEncryptedObjects"] == {"status": "Enabled"}
    assert set(reached(replicated, "replication-tracking")) == {"artifacts", "artifacts-replica"}
    policy = statements(replicated, "RolePolicy", "replication-tracking")
    assert policy["SourceKey"]["Resource"] == keys["object-storage"]
    assert policy["ReplicaKey"]["Resource"] == keys["object-storage-replicas"]
    assert policy["ReplicaKey"]["Condition"]["StringEquals"]["kms:ViaService"] == "s3.eu-west-1.amazonaws.com"


def test_off_aws_nothing_of_aws_is_declared(local_graph: Graph) -> None:
    assert [r.name for r in local_graph if r.type.startswith(("aws:", "pulumi:providers:aws"))] == []
