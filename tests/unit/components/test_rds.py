"""What a database on Amazon RDS promises its consumers, and what of its password anybody learns."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.catalog import images, rds_certificate
from infra.graph import Graph, Resource
from infra.graph.export import to_json
from infra.settings.capabilities import ExistingEksCluster
from infra.settings.reference import example
from infra.settings.verifiers import scram_verifier
from tests.unit.components.environment import SECRETS, environment, manifests, of, output

ON_AWS: dict[str, Any] = {
    "account": {"kind": "aws", "id": "111122223333", "region": "eu-central-1", "zones": ["a", "b"]},
    "network": {"kind": "vpc", "cidr": "10.64.0.0/16"},
    "cluster": example(ExistingEksCluster),
}
NAMESPACE = "mlops-database"


def on_rds(profile: str = "small", protection: str = "on", **database: Any) -> Graph:
    account = {**ON_AWS["account"], "protection": protection}
    return environment(profile=profile, **{**ON_AWS, "account": account}, database={"kind": "rds", **database})


@pytest.fixture(scope="module")
def graph() -> Graph:
    return on_rds()


def instance(graph: Graph) -> Resource:
    return of(graph, "Instance")["database"]


def job(graph: Graph) -> Mapping[str, Any]:
    names = [key for key in manifests(graph) if key[0] == "Job" and key[1] == NAMESPACE]
    assert len(names) == 1
    return manifests(graph)[names[0]]


def statements(graph: Graph, name: str) -> dict[str, Any]:
    document = json.loads(of(graph, "RolePolicy")[name].inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_it_is_private_encrypted_and_of_the_version_that_the_platform_is_played_through_with(graph: Graph) -> None:
    inputs = instance(graph).inputs
    key = of(graph, "Key")["database"].outputs["arn"]
    assert (inputs["engine"], inputs["engineVersion"]) == ("postgres", images()["postgres"].version.partition(".")[0])
    assert inputs["publiclyAccessible"] is False
    assert (inputs["storageEncrypted"], inputs["kmsKeyId"]) == (True, key)
    assert output(graph, "database_host") == instance(graph).outputs["address"]


def test_nobody_but_rds_knows_the_master_password(graph: Graph) -> None:
    inputs = instance(graph).inputs
    assert inputs["manageMasterUserPassword"] is True and "password" not in inputs
    assert inputs["masterUserSecretKmsKeyId"] == of(graph, "Key")["database"].outputs["arn"]


def test_only_tls_and_scram_are_taken(graph: Graph) -> None:
    group = of(graph, "ParameterGroup")["database"]
    parameters = {p["name"]: p["value"] for p in group.inputs["parameters"]}
    assert parameters["rds.force_ssl"] == "1"
    assert parameters["rds.accepted_password_auth_method"] == "scram"
    assert instance(graph).inputs["parameterGroupName"] == group.outputs["name"]


def test_only_the_clusters_security_group_comes_in(graph: Graph) -> None:
    group = of(graph, "SecurityGroup")["database"]
    rules = [r.inputs for r in of(graph, "SecurityGroupIngressRule").values()]
    mine = [r for r in rules if r["securityGroupId"] == group.outputs["id"]]
    assert [(r["referencedSecurityGroupId"], r["fromPort"], r["toPort"]) for r in mine] == [
        (ON_AWS["cluster"]["security_group_id"], 5432, 5432)
    ]
    assert not group.inputs.get("ingress") and not group.inputs.get("egress")
    assert instance(graph).inputs["vpcSecurityGroupIds"] == [group.outputs["id"]]


def test_it_is_in_the_subnets_that_have_no_way_out(graph: Graph) -> None:
    intra = {r.outputs["id"] for name, r in of(graph, "Subnet").items() if "intra" in name}
    assert len(intra) == 2
    assert set(of(graph, "SubnetGroup")["database"].inputs["subnetIds"]) == intra


@pytest.mark.parametrize(
    ("profile", "standby", "days"), [("small", False, 7), ("medium", True, 14), ("large", True, 30)]
)
def test_a_profile_says_whether_there_is_a_standby_and_how_far_back_one_can_go(
    profile: str, standby: bool, days: int
) -> None:
    inputs = instance(on_rds(profile)).inputs
    assert (inputs["multiAz"], inputs["backupRetentionPeriod"]) == (standby, days)
    assert inputs["maxAllocatedStorage"] > inputs["allocatedStorage"]


def test_what_holds_data_does_not_go(graph: Graph) -> None:
    inputs = instance(graph).inputs
    assert instance(graph).protect and inputs["deletionProtection"] is True
    assert (inputs["skipFinalSnapshot"], inputs["finalSnapshotIdentifier"]) == (False, "mlops-local-final")


def test_what_may_go_leaves_nothing() -> None:
    inputs = instance(on_rds(protection="off")).inputs
    assert (inputs["deletionProtection"], inputs["skipFinalSnapshot"]) == (False, True)
    assert inputs["deleteAutomatedBackups"] is True


def test_its_logs_end_some_day_and_are_there_before_it_writes_them(graph: Graph) -> None:
    groups = of(graph, "LogGroup")
    assert {g.inputs["name"]: g.inputs["retentionInDays"] for g in groups.values() if "rds" in g.inputs["name"]} == {
        "/aws/rds/instance/mlops-local/postgresql": 30,
        "/aws/rds/instance/mlops-local/upgrade": 30,
    }
    exports = instance(graph).inputs["enabledCloudwatchLogsExports"]
    assert set(exports) == {"postgresql", "upgrade"}
    assert {groups[f"database-{log}"].urn for log in exports} <= set(instance(graph).dependencies)


def test_one_job_alone_may_read_the_master_password_and_nothing_else_under_the_key(graph: Graph) -> None:
    secret = instance(graph).outputs["masterUserSecrets"][0]["secretArn"]
    role = statements(graph, "database-roles")
    assert role["Password"]["Action"] == "secretsmanager:GetSecretValue"
    assert role["Password"]["Resource"] == secret
    assert role["Key"]["Condition"]["StringEquals"]["kms:EncryptionContext:SecretARN"] == secret
    association = of(graph, "PodIdentityAssociation")["database-roles"].inputs
    pod = job(graph)["spec"]["template"]["spec"]
    assert (association["namespace"], association["serviceAccount"]) == (NAMESPACE, pod["serviceAccountName"])
    assert pod["serviceAccountName"] == "database-roles"


def test_the_job_starts_once_it_may_read_and_keeps_the_password_in_memory(graph: Graph) -> None:
    resource = next(r for r in graph if r.type.endswith(":Job") and r.name == "database-roles")
    assert of(graph, "PodIdentityAssociation")["database-roles"].urn in resource.dependencies
    pod = job(graph)["spec"]["template"]["spec"]
    fetch, roles = pod["initContainers"][0], pod["containers"][0]
    files = {e["value"] for c in (fetch, roles) for e in c["env"] if e["name"] == "PGPASSFILE"}
    assert len(files) == 1
    folder = files.pop().rpartition("/")[0]
    volumes = {m["name"] for c in (fetch, roles) for m in c["volumeMounts"] if m["mountPath"] == folder}
    assert [v["emptyDir"]["medium"] for v in pod["volumes"] if v["name"] in volumes] == ["Memory"]


def test_the_server_learns_verifiers_and_no_password(graph: Graph) -> None:
    known = manifests(graph)["Secret", NAMESPACE, "database-roles"]["stringData"]
    assert known == {"tracking": scram_verifier(SECRETS, "database/tracking")}
    env = {e["name"]: e["value"] for e in job(graph)["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert env["CONSUMERS"] == "tracking"
    assert env["DUMPED"] == "false"


def test_consumers_verify_the_server_against_its_regions_authority_and_may_go_there_alone(graph: Graph) -> None:
    authority = rds_certificate("eu-central-1")
    assert manifests(graph)["ConfigMap", "mlops-tracking", "tracking-database-ca"]["data"]["ca.crt"] == authority
    rules = manifests(graph)["NetworkPolicy", "mlops-tracking", "tracking-schema"]["spec"]["egress"]
    assert [(r["to"], [p["port"] for p in r["ports"]]) for r in rules] == [
        ([{"ipBlock": {"cidr": "10.64.0.0/16"}}], [5432])
    ]


def test_the_tracking_server_connects_with_its_own_role_and_full_verification(graph: Graph) -> None:
    deployment = manifests(graph)["Deployment", "mlops-tracking", "tracking"]["spec"]["template"]["spec"]
    env = {e["name"]: e.get("value") for e in deployment["containers"][0]["env"]}
    host = instance(graph).outputs["address"]
    assert env["MLFLOW_BACKEND_STORE_URI"].startswith(f"postgresql://tracking@{host}:5432/tracking?sslmode=verify-full")
    assert SECRETS.password("database/tracking") not in json.dumps(to_json(graph))


def test_nothing_dumps_what_rds_backs_up(graph: Graph) -> None:
    assert [key for key in manifests(graph) if key[0] in ("CronJob", "StatefulSet") and key[1] == NAMESPACE] == []


def test_watching_closely_is_asked_for_and_writes_to_one_group() -> None:
    watched = on_rds(performance_insights=True, enhanced_monitoring=True)
    inputs = instance(watched).inputs
    assert (inputs["performanceInsightsEnabled"], inputs["monitoringInterval"]) == (True, 60)
    assert inputs["monitoringRoleArn"] == of(watched, "Role")["database-monitoring"].outputs["arn"]
    groups = [s["Resource"] for s in statements(watched, "database-monitoring").values()]
    assert all(":log-group:RDSOSMetrics" in str(resource) for resource in groups)
