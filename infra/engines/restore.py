"""Brings a database back from a dump: starts the job that the installation keeps ready, and follows it to its end."""

import copy
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.engines.cluster import ApiError, Cluster
from infra.engines.readiness import condition
from infra.errors import RunFailed, UserError
from infra.settings.words import suggestion

_CRON_JOB = "database-restore"
_AFTER = "groundwork/after-restore"
"""On a job that makes a consumer's database fit again: its value is the database."""
_KEEP = 3600
"""Seconds for which a finished job stays, for whoever wants to read its log."""
_START_LIMIT = 300.0
_POLL = 1.0

OnLine = Callable[[str], None]


@dataclass(frozen=True)
class Dump:
    """One stored dump; its key ends in the time at which it was taken (UTC)."""

    key: str
    bytes: int


class Restorer:
    """The dumps of one installation's databases."""

    def __init__(self, cluster: Cluster, namespace: str, on_line: OnLine, sleep: Callable[[float], None] = time.sleep):
        self._cluster = cluster
        self._namespace = namespace
        self._say = on_line
        self._sleep = sleep
        self._cron_job = cluster.read(cluster.address("batch/v1", "cronjobs", namespace, _CRON_JOB))
        if self._cron_job is None:
            raise UserError(
                f"there is no {_CRON_JOB} in namespace {namespace}: `groundwork up` installs it with the database"
            )

    def dumps(self, database: str) -> list[Dump]:
        """What is stored, newest first."""
        self._check(database)
        said = self._run(self._job(ACTION="list", DATABASE=database, DUMP="latest"), quiet=True)
        try:
            return [Dump(**entry) for entry in json.loads(said["bucket"][-1])]
        except (LookupError, ValueError, TypeError):
            raise RunFailed("the job that lists the dumps did not answer; the same command tries again") from None

    def restore(self, database: str, key: str) -> None:
        """Replaces everything in the database. It is one transaction: where it fails, nothing has changed."""
        self._check(database)
        running = [job for job in self._jobs() if not _ended(job)]
        if running:
            raise UserError(
                f"a restore is running already: kubectl --namespace {self._namespace} logs --follow "
                f"job/{running[0]['metadata']['name']} --all-containers"
            )
        self._run(self._job(ACTION="restore", DATABASE=database, DUMP=key), if_failed="nothing was changed")
        for job in self._cluster.items("/apis/batch/v1/jobs", labelSelector=f"{_AFTER}={database}"):
            self._say(f"after the restore: {job['metadata']['namespace']}/{job['metadata']['name']}")
            self._run(_again(job), if_failed="the restore itself is done; the same command repeats both")

    def _check(self, database: str) -> None:
        assert self._cron_job is not None  # noqa: S101
        pod = self._cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        known = next(e["value"] for c in pod["containers"] for e in c["env"] if e["name"] == "CONSUMERS").split()
        if database not in known:
            raise UserError(f"there is no database `{database}`; {suggestion(database, known)}")

    def _jobs(self) -> list[dict[str, Any]]:
        assert self._cron_job is not None  # noqa: S101
        jobs = self._cluster.items(self._cluster.address("batch/v1", "jobs", self._namespace))
        return [
            job
            for job in jobs
            if any(o["uid"] == self._cron_job["metadata"]["uid"] for o in job["metadata"].get("ownerReferences", ()))
        ]

    def _job(self, **environment: str) -> dict[str, Any]:
        """A job of the CronJob's template, which goes when the CronJob goes."""
        assert self._cron_job is not None  # noqa: S101
        template = copy.deepcopy(self._cron_job["spec"]["jobTemplate"])
        pod = template["spec"]["template"]["spec"]
        for container in (*pod["initContainers"], *pod["containers"]):
            for variable in container["env"]:
                if variable["name"] in environment:
                    variable["value"] = environment[variable["name"]]
        owner = {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "name": _CRON_JOB,
            "uid": self._cron_job["metadata"]["uid"],
            "controller": True,
        }
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "generateName": f"{_CRON_JOB}-",
                "namespace": self._namespace,
                "labels": template["metadata"].get("labels", {}),
                "ownerReferences": [owner],
            },
            "spec": {**template["spec"], "ttlSecondsAfterFinished": _KEEP},
        }

    def _run(
        self, manifest: Mapping[str, Any], *, quiet: bool = False, if_failed: str = "the same command tries again"
    ) -> dict[str, list[str]]:
        """Creates the job and returns its containers' lines when it is complete."""
        namespace = manifest["metadata"]["namespace"]
        try:
            job = self._cluster.request("POST", self._cluster.address("batch/v1", "jobs", namespace), manifest)
        except ApiError as error:
            raise UserError(f"the cluster refuses the job: {error}") from None
        name = job["metadata"]["name"]
        said: dict[str, list[str]] = {}
        waiting = 0.0
        while True:
            job = self._cluster.read(self._cluster.address("batch/v1", "jobs", namespace, name))
            if job is None:
                raise RunFailed(f"job {namespace}/{name} was deleted while it ran; the same command starts another")
            ended = _ended(job)
            heard = self._listen(namespace, name, said, quiet)
            if ended == "Complete":
                return said
            if ended:
                last = [f"  {line}" for lines in said.values() for line in lines[-5:]]
                raise RunFailed("\n".join([f"job {namespace}/{name} failed:", *last, if_failed]))
            waiting = 0.0 if heard or said else waiting + _POLL
            if waiting > _START_LIMIT:
                raise RunFailed(
                    f"job {namespace}/{name} has not started in {_START_LIMIT:.0f} s: "
                    f"kubectl --namespace {namespace} describe pods --selector job-name={name}"
                )
            self._sleep(_POLL)

    def _listen(self, namespace: str, job: str, said: dict[str, list[str]], quiet: bool) -> bool:
        """Takes up the lines that are new. Whether there were any."""
        cluster = self._cluster
        new = False
        for pod in cluster.items(cluster.address("v1", "pods", namespace), labelSelector=f"job-name={job}"):
            spec = pod["spec"]
            for container in (*spec.get("initContainers", ()), *spec["containers"]):
                known = said.get(container["name"], [])
                lines = self._log(namespace, pod["metadata"]["name"], container["name"])
                if len(lines) <= len(known):
                    continue
                new = True
                said[container["name"]] = lines
                if not quiet:
                    for line in lines[len(known) :]:
                        self._say(line)
        return new

    def _log(self, namespace: str, pod: str, container: str) -> list[str]:
        path = self._cluster.address("v1", "pods", namespace, pod)
        try:
            text = self._cluster.request("GET", f"{path}/log?container={container}")
        except ApiError:
            # A container that has not started has none yet.
            return []
        return (text if isinstance(text, str) else json.dumps(text)).splitlines()


def _ended(job: Mapping[str, Any]) -> str | None:
    for kind in ("Complete", "Failed"):
        if condition(job.get("status") or {}, kind).get("status") == "True":
            return kind
    return None


def _again(job: Mapping[str, Any]) -> dict[str, Any]:
    """The same job once more."""
    template = copy.deepcopy(job["spec"]["template"])
    labels = template["metadata"].get("labels", {})
    own = ("controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name")
    template["metadata"] = {"labels": {key: value for key, value in labels.items() if key not in own}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": f"{job['metadata']['name'][:50].rstrip('-')}-",
            "namespace": job["metadata"]["namespace"],
        },
        "spec": {
            "backoffLimit": job["spec"].get("backoffLimit", 6),
            "ttlSecondsAfterFinished": _KEEP,
            "template": template,
        },
    }
