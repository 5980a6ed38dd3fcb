"""On RDS nobody is a superuser: the job still makes each consumer's role and database, with the password it fetched."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from infra.build import build
from infra.graph import capture
from infra.graph.kubernetes import objects
from infra.settings import EnvironmentSettings
from infra.settings.verifiers import scram_verifier
from tests.contract.conftest import Start
from tests.contract.environment import DATABASE, Declaration, Environment
from tests.contract.harness import Platform
from tests.contract.manifests import Manifest, key
from tests.contract.test_database import HOST, Sql
from tests.unit.settings.good import complete

MASTER, WORD = "groundwork", "a:colon, a back\\slash"
"""The master user that RDS makes, and a password of the kind that it chooses."""
_JOB = "database-roles"
_SECRETS_MANAGER = f"""\
import http.server, json

class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = asked == {{"SecretId": "the-master-secret"}}
        known = known and self.headers["X-Amz-Target"] == "secretsmanager.GetSecretValue"
        text = json.dumps({{"username": {MASTER!r}, "password": {WORD!r}}})
        body = json.dumps({{"SecretString": text}} if known else {{"__type": "ResourceNotFoundException"}}).encode()
        self.send_response(200 if known else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("", 8080), Answer).serve_forever()
"""


def _of_rds(declared: Declaration) -> list[Manifest]:
    """The job of an environment on RDS and what it reads, turned to the servers that stand for AWS here."""
    settings = EnvironmentSettings.model_validate(complete({"database": {"kind": "rds"}}))
    graph = capture("rds", lambda: build("rds", settings, declared.secrets))
    found = [o.manifest for o in objects(graph, show_secrets=True) if o.namespace == DATABASE]
    job = next(m for m in found if m["kind"] == "Job")
    there = {
        "PGHOST": HOST,
        "MASTER_SECRET": "the-master-secret",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://secrets.{DATABASE}.svc",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    template = job["spec"]["template"]
    pod = {
        **template["spec"],
        **{
            part: [{**c, "env": _with(c["env"], there)} for c in template["spec"][part]]
            for part in ("initContainers", "containers")
        },
    }
    turned = {**job, "spec": {**job["spec"], "template": {**template, "spec": pod}}}
    return [turned, *(m for m in found if m["metadata"]["name"] == _JOB and m["kind"] in ("ConfigMap", "Secret"))]


def _with(env: Sequence[Mapping[str, Any]], others: Mapping[str, str]) -> list[Mapping[str, Any]]:
    kept = [variable for variable in env if variable["name"] not in others]
    return [*kept, *({"name": name, "value": value} for name, value in others.items())]


def _secrets_manager(image: str) -> list[Manifest]:
    labels = {"app.kubernetes.io/name": "secrets"}
    container = {
        "name": "secrets",
        "image": image,
        "command": ["python3", "-c", _SECRETS_MANAGER],
        "securityContext": {"readOnlyRootFilesystem": True},
        "readinessProbe": {"tcpSocket": {"port": 8080}},
    }
    spec = {"securityContext": {"runAsUser": 999}, "containers": [container]}
    return [
        {
            "kind": "Deployment",
            "metadata": {"name": "secrets", "namespace": DATABASE},
            "spec": {"template": {"metadata": {"labels": labels}, "spec": spec}},
        },
        {
            "kind": "Service",
            "metadata": {"name": "secrets", "namespace": DATABASE},
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
        },
    ]


def _server(declared: Declaration) -> list[Manifest]:
    """The database of the cluster, to which the master user too may come in from outside."""
    found = [m for m in declared.manifests if key(m)[1] == DATABASE]
    hba = "hostssl all all all scram-sha-256\n"
    return [
        {**m, "data": {**m["data"], "pg_hba.conf": m["data"]["pg_hba.conf"] + hba}}
        if key(m)[::2] == ("ConfigMap", "database-config")
        else m
        for m in found
        if m["kind"] in ("StatefulSet", "Service", "ConfigMap", "Secret", "PersistentVolumeClaim")
        and m["metadata"]["name"] != _JOB
    ]


@pytest.fixture(scope="module")
def declared(environment: Environment) -> Declaration:
    """A database as in a cluster, without those who dump it."""
    return environment.declare({})


@pytest.fixture(scope="module")
def server(declared: Declaration, start: Start) -> Platform:
    """A server with a master user as RDS makes it, and its own databases in that user's hands."""
    job = _of_rds(declared)[0]
    image = job["spec"]["template"]["spec"]["initContainers"][0]["image"]
    started = start(Declaration([*_server(declared), *_secrets_manager(image)], declared.secrets))
    sql = _sql(started, declared)
    quoted = WORD.replace("'", "''")
    for statement in (
        "CREATE ROLE rds_superuser",
        f"CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD '{quoted}' IN ROLE rds_superuser",
        f"ALTER DATABASE postgres OWNER TO {MASTER}",
        f"ALTER DATABASE template1 OWNER TO {MASTER}",
    ):
        sql.run("postgres", "postgres", statement)
    return started


def _sql(platform: Platform, declared: Declaration) -> Sql:
    pod = platform.pod("StatefulSet", DATABASE, "database")
    authority = platform.objects.entries("ConfigMap", DATABASE, "database-ca")["ca.crt"]
    pod.execute("postgresql", ["sh", "-c", "cat > /tmp/ca.crt"], stdin=authority)
    return Sql(pod, declared)


def _keep_in_step(server: Platform, declared: Declaration, env: Mapping[str, str] | None = None) -> str:
    """What the job printed."""
    job, *files = _of_rds(declared)
    paused = {**job, "spec": {**job["spec"], "suspend": True}}
    server.apply([*(m for m in server.objects if m["metadata"]["name"] != _JOB and m["kind"] != "Job"), paused, *files])
    return server.run("Job", DATABASE, job["metadata"]["name"], env=env, seconds=60)


def test_a_master_who_is_no_superuser_keeps_roles_and_databases_in_step(
    server: Platform, declared: Declaration
) -> None:
    sql = _sql(server, declared)
    for _ in range(2):
        assert "role and database tracking are in step" in _keep_in_step(server, declared)
    assert sql.run("tracking", "tracking", "CREATE TABLE kept (n int); SELECT current_user") == "tracking"
    stored = sql.run("postgres", "postgres", "SELECT rolpassword FROM pg_authid WHERE rolname = 'tracking'")
    assert stored == scram_verifier(declared.secrets, "database/tracking")


def test_a_consumer_reaches_no_database_but_its_own(server: Platform, declared: Declaration) -> None:
    sql = _sql(server, declared)
    _keep_in_step(server, declared)
    for database in ("postgres", "template1"):
        assert "permission denied" in sql.refusal("tracking", database)
    for statement in ("CREATE DATABASE mine", "CREATE ROLE mine"):
        assert "permission denied" in sql.refusal("tracking", "tracking", statement)


def test_a_secret_that_is_not_there_says_so_and_changes_nothing(server: Platform, declared: Declaration) -> None:
    with pytest.raises(AssertionError, match="ResourceNotFoundException"):
        _keep_in_step(server, declared, {"MASTER_SECRET": "another"})
