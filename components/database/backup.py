"""Dumps to the object storage on a schedule, and the job that `groundwork restore` starts."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.database.inputs import PostgresqlDatabaseArgs, RoleArgs
from components.database.shared import CA_CONFIG, NAME, TO_SERVER, USER, connection, host, script
from components.network import network_policy

PARTS = ("dump", "restore")

RESTORE = f"{NAME}-restore"
"""The suspended CronJob whose template a restore is started from."""

_SCRIPTS = ("dump.sh", "restore.sh", "dumps.py")
_CONFIG = f"{NAME}-dumps"
_SMALL = workload.ResourcesArgs(cpu="50m", memory="256Mi")


def declare(args: PostgresqlDatabaseArgs, roles: k8s.batch.v1.Job, child: pulumi.ResourceOptions) -> None:
    """Declares both jobs and what they need."""
    k8s.core.v1.ConfigMap(
        _CONFIG,
        metadata=workload.metadata(_CONFIG, args.namespace, workload.labels(NAME, "dump")),
        data={name: script(name) for name in _SCRIPTS},
        opts=child,
    )
    after_roles = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[roles]))
    backup = args.backup
    dump = _Job(args, "dump", backup.dump, child)
    dump.declare(
        after_roles,
        schedule=backup.schedule,
        suspend=False,
        first=dump.postgresql(["sh", "/scripts/dump.sh"]),
        then=dump.bucket("upload", {"KEEP": str(backup.keep)}),
    )
    restore = _Job(args, "restore", backup.restore, child)
    # What `groundwork restore` replaces in the job that it makes of this.
    wanted: dict[str, pulumi.Input[str]] = {"ACTION": "list", "DATABASE": "", "DUMP": "latest"}
    restore.declare(
        after_roles,
        schedule=backup.schedule,
        suspend=True,
        first=restore.bucket("fetch", wanted),
        then=restore.postgresql(["bash", "/scripts/restore.sh"], wanted),
    )


class _Job:
    """One of the two: a container for the server, one for the bucket, and a folder between them."""

    def __init__(self, args: PostgresqlDatabaseArgs, part: str, role: RoleArgs, child: pulumi.ResourceOptions) -> None:
        self._args = args
        self._name = f"{NAME}-{part}"
        self._labels = workload.labels(NAME, part)
        self._role = f"groundwork_{part}"
        self._child = child
        # Both containers write to the same folder; its limit is the pod's, which is theirs together.
        self._resources = workload.ResourcesArgs(
            cpu=_SMALL.cpu, memory=_SMALL.memory, ephemeral_storage=args.backup.scratch
        )
        keys = args.backup.bucket.credentials
        values: dict[str, pulumi.Input[str]] = {"password": pulumi.Output.secret(role.password)}
        if keys:
            values |= {"access-key": keys.access_key, "secret-key": pulumi.Output.secret(keys.secret_key)}
        self._keyed = keys is not None
        k8s.core.v1.Secret(
            self._name,
            metadata=workload.metadata(self._name, args.namespace, self._labels),
            string_data=values,
            opts=child,
        )

    def postgresql(
        self, command: Sequence[str], env: Mapping[str, pulumi.Input[str]] | None = None
    ) -> workload.WorkloadContainerArgs:
        """The container that talks to the server."""
        args = self._args
        return workload.WorkloadContainerArgs(
            name="postgresql",
            image=args.image,
            command=command,
            env={
                **connection(host(args.namespace), self._role),
                "CONSUMERS": " ".join(args.consumers),
                **(env or {}),
            },
            secret_env={"PGPASSWORD": workload.SecretKey(secret=self._name, key="password")},
            mounts={"/dumps": "dumps", "/tmp": "tmp"},  # noqa: S108
            read_only_mounts={"/scripts": "scripts", "/tls": "ca"},
            resources=self._resources,
        )

    def bucket(self, action: str, env: Mapping[str, pulumi.Input[str]]) -> workload.WorkloadContainerArgs:
        """The container that talks to the bucket."""
        access = self._args.backup.bucket
        keys = {
            "AWS_ACCESS_KEY_ID": workload.SecretKey(secret=self._name, key="access-key"),
            "AWS_SECRET_ACCESS_KEY": workload.SecretKey(secret=self._name, key="secret-key"),
        }
        return workload.WorkloadContainerArgs(
            name="bucket",
            image=self._args.tools_image,
            command=["python3", "/scripts/dumps.py", action],
            env={
                "AWS_ENDPOINT_URL_S3": access.endpoint,
                "AWS_DEFAULT_REGION": access.region,
                "BUCKET": access.bucket,
                "CONSUMERS": " ".join(self._args.consumers),
                "HOME": "/tmp",  # noqa: S108
                "PYTHONDONTWRITEBYTECODE": "1",
                **env,
            },
            secret_env=keys if self._keyed else {},
            mounts={"/dumps": "dumps", "/tmp": "tmp"},  # noqa: S108
            read_only_mounts={"/scripts": "scripts"},
            resources=self._resources,
        )

    def declare(
        self,
        opts: pulumi.ResourceOptions,
        *,
        schedule: str,
        suspend: bool,
        first: workload.WorkloadContainerArgs,
        then: workload.WorkloadContainerArgs,
    ) -> None:
        """The CronJob, its identity and whom it may talk to."""
        args = self._args
        account = workload.service_account(self._name, args.namespace, self._labels, self._child)
        network_policy(
            self._name,
            namespace=args.namespace,
            selects=self._labels,
            egress=[TO_SERVER, *args.backup.bucket.peers],
            opts=self._child,
        )
        template = workload.pod_template(
            workload.WorkloadPodArgs(
                labels=self._labels,
                service_account=account.metadata.name,
                user=USER,
                restart_policy="Never",
                spread=False,
                volumes=[
                    workload.config_volume("scripts", _CONFIG),
                    workload.config_volume("ca", CA_CONFIG),
                    workload.empty_dir("dumps", args.backup.scratch),
                    workload.empty_dir("tmp"),
                ],
                init_containers=[first],
                containers=[then],
            )
        )
        k8s.batch.v1.CronJob(
            self._name,
            metadata=workload.metadata(self._name, args.namespace, self._labels),
            spec=k8s.batch.v1.CronJobSpecArgs(
                schedule=schedule,
                time_zone="Etc/UTC",
                suspend=suspend,
                concurrency_policy="Forbid",
                starting_deadline_seconds=3600,
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=3,
                job_template=k8s.batch.v1.JobTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=self._labels),
                    spec=k8s.batch.v1.JobSpecArgs(backoff_limit=2 if not suspend else 0, template=template),
                ),
            ),
            opts=opts,
        )
