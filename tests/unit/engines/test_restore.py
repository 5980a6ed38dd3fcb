"""A restore as a person meets it, on an API that answers like a cluster's."""

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.engines.cluster import ApiError, Cluster
from infra.engines.restore import Dump, Restorer
from infra.errors import RunFailed, UserError
from infra.graph.kubernetes import objects
from tests.unit.components.environment import environment

NAMESPACE = "mlops-database"
CRON_JOB = next(
    item.manifest for item in objects(environment()) if item.name == "database-restore" and item.kind == "CronJob"
)
DUMPS = [{"key": "database/tracking/2.dump", "bytes": 20}, {"key": "database/tracking/1.dump", "bytes": 10}]


class Api:
    """Takes jobs, and lets each have one pod that says its lines and ends."""

    def __init__(self, fails: str | None = None, upgrades: bool = False) -> None:
        self.fails = fails
        self.jobs: dict[str, dict[str, Any]] = {}
        self.created: list[dict[str, Any]] = []
        if upgrades:
            self._keep(
                "mlops-tracking", "tracking-schema-1", {"groundwork/after-restore": "tracking"}, ["schema: old → new"]
            )

    def address(self, version: str, plural: str, namespace: str | None = None, name: str = "") -> str:
        return f"/{plural}/{namespace}" + (f"/{name}" if name else "")

    def read(self, path: str) -> dict[str, Any] | None:
        if path == f"/cronjobs/{NAMESPACE}/database-restore":
            return {**CRON_JOB, "metadata": {**CRON_JOB["metadata"], "uid": "cron"}}
        return self.jobs.get(path)

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        if path == "/apis/batch/v1/jobs":
            key, value = query["labelSelector"].split("=")
            return [job for job in self.jobs.values() if job["metadata"].get("labels", {}).get(key) == value]
        if path.startswith("/jobs/"):
            return [job for address, job in self.jobs.items() if address.startswith(f"{path}/")]
        name = query["labelSelector"].removeprefix("job-name=")
        job = next(job for job in self.jobs.values() if job["metadata"]["name"] == name)
        return [{"metadata": {"name": name}, "spec": job["spec"]["template"]["spec"]}]

    def request(self, method: str, path: str, body: Any = None) -> Any:
        if method == "POST":
            return self._start(path, body)
        address, query = urlsplit(path).path, parse_qs(urlsplit(path).query)
        job = self.jobs[address.removesuffix("/log").replace("/pods/", "/jobs/")]
        lines = job["said"].get(query["container"][0])
        if lines is None:
            raise ApiError(400, "BadRequest", "container is waiting to start")
        text = "\n".join(lines)
        return json.loads(text) if text.startswith("[") else text

    def _start(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.created.append(body)
        pod = body["spec"]["template"]["spec"]
        env = {variable["name"]: variable.get("value") for variable in pod["containers"][0]["env"]}
        said: dict[str, list[str]]
        if env.get("ACTION") == "list":
            said = {"bucket": [json.dumps(DUMPS)], "postgresql": []}
        elif env.get("ACTION") == "restore":
            said = {"bucket": [f"fetched {env['DUMP']}"], "postgresql": [self.fails or "restored"]}
        else:
            said = {"upgrade-schema": ["schema: old → new"]}
        name = f"{body['metadata']['generateName']}{len(self.created)}"
        ended = "Failed" if self.fails and env.get("ACTION") == "restore" else "Complete"
        job = {
            **body,
            "metadata": {**body["metadata"], "name": name},
            "status": {"conditions": [{"type": ended, "status": "True"}]},
            "said": said,
        }
        self.jobs[f"{path}/{name}"] = job
        return job

    def _keep(self, namespace: str, name: str, labels: Mapping[str, str], lines: list[str]) -> None:
        template = {
            "metadata": {"labels": {"job-name": name, "app.kubernetes.io/name": "tracking"}},
            "spec": {"containers": [{"name": "upgrade-schema", "env": []}]},
        }
        self.jobs[f"/jobs/{namespace}/{name}"] = {
            "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
            "spec": {"template": template},
            "status": {"conditions": [{"type": "Complete", "status": "True"}]},
            "said": {"upgrade-schema": lines},
        }


@pytest.fixture
def heard() -> list[str]:
    return []


def restorer(api: Api, heard: list[str]) -> Restorer:
    return Restorer(cast(Cluster, api), NAMESPACE, heard.append, sleep=lambda _: None)


def env_of(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    pod = job["spec"]["template"]["spec"]
    return [{v["name"]: v.get("value") for v in c["env"]} for c in (*pod["initContainers"], *pod["containers"])]


def test_the_stored_dumps_are_listed_and_the_machines_answer_is_not_shown(heard: list[str]) -> None:
    found = restorer(Api(), heard).dumps("tracking")
    assert found == [Dump("database/tracking/2.dump", 20), Dump("database/tracking/1.dump", 10)]
    assert heard == []


def test_a_restore_names_database_and_dump_to_both_of_its_containers(heard: list[str]) -> None:
    api = Api()
    restorer(api, heard).restore("tracking", "database/tracking/1.dump")
    (job,) = api.created
    for env in env_of(job):
        assert (env["ACTION"], env["DATABASE"], env["DUMP"]) == ("restore", "tracking", "database/tracking/1.dump")
    assert heard == ["fetched database/tracking/1.dump", "restored"]


def test_a_restores_job_goes_with_the_installation(heard: list[str]) -> None:
    api = Api()
    restorer(api, heard).restore("tracking", "database/tracking/1.dump")
    (owner,) = api.created[0]["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"]) == ("CronJob", "cron")
    assert api.created[0]["spec"]["ttlSecondsAfterFinished"] > 0


def test_an_older_dumps_schema_is_upgraded_again(heard: list[str]) -> None:
    api = Api(upgrades=True)
    restorer(api, heard).restore("tracking", "database/tracking/1.dump")
    again = api.created[1]
    assert again["metadata"]["namespace"] == "mlops-tracking"
    assert again["spec"]["template"]["metadata"]["labels"] == {"app.kubernetes.io/name": "tracking"}
    assert heard[-1] == "schema: old → new"


def test_a_failed_restore_says_why_and_that_nothing_was_changed(heard: list[str]) -> None:
    api = Api(fails="pg_restore: error: unexpected end of file", upgrades=True)
    with pytest.raises(RunFailed, match=r"(?s)unexpected end of file.*nothing was changed"):
        restorer(api, heard).restore("tracking", "database/tracking/1.dump")
    assert len(api.created) == 1


def test_a_second_restore_waits_for_the_first(heard: list[str]) -> None:
    api = Api()
    restorer(api, heard).restore("tracking", "database/tracking/1.dump")
    job = next(job for job in api.jobs.values() if job["metadata"].get("ownerReferences"))
    job["status"] = {"active": 1}
    with pytest.raises(UserError, match="running already"):
        restorer(api, heard).restore("tracking", "database/tracking/1.dump")
    assert len(api.created) == 1


def test_an_unknown_database_is_refused_with_the_ones_there_are(heard: list[str]) -> None:
    api = Api()
    with pytest.raises(UserError, match="did you mean `tracking`"):
        restorer(api, heard).dumps("trackin")
    assert api.created == []


def test_without_an_installed_database_the_way_to_one_is_named(heard: list[str]) -> None:
    with pytest.raises(UserError, match="groundwork up"):
        Restorer(cast(Cluster, Api()), "other-database", heard.append)
