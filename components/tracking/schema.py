"""The job that upgrades the database's schema before a new version serves, and the wait of the pods that serve it."""

import re

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.network import network_policy
from components.tracking.inputs import MlflowTrackingArgs
from components.tracking.shared import NAME, SCHEMA, TMP, USER, database_env, database_password, script

SCRIPTS = f"{NAME}-scripts"
CA = f"{NAME}-database-ca"

AFTER_RESTORE = "groundwork/after-restore"
"""Names the database after whose restore the job runs again: the dump's schema may be older."""

_JOB = f"{NAME}-schema"


def declare(args: MlflowTrackingArgs, child: pulumi.ResourceOptions) -> k8s.batch.v1.Job:
    """Declares the job. A new image is a new job: a job's template can't change."""
    account = workload.service_account(_JOB, args.namespace, SCHEMA, child)
    network_policy(_JOB, namespace=args.namespace, selects=SCHEMA, egress=[args.database.peer], opts=child)
    database = args.database
    checksum = workload.checksum(
        args.image, script("schema.py"), database.host, database.database, database.user, database.password
    )
    template = workload.pod_template(
        workload.WorkloadPodArgs(
            labels=SCHEMA,
            service_account=account.metadata.name,
            user=USER,
            restart_policy="OnFailure",
            spread=False,
            volumes=[
                workload.config_volume("scripts", SCRIPTS),
                workload.config_volume("database-ca", CA),
                workload.empty_dir("tmp"),
            ],
            containers=[container("upgrade", args)],
        )
    )
    version = re.sub(r"[^a-z0-9]+", "-", args.image.rsplit(":", 1)[-1].split("@")[0].lower()).strip("-")
    return k8s.batch.v1.Job(
        _JOB,
        metadata=workload.metadata(
            pulumi.Output.concat(f"{_JOB}-{version}-", checksum),
            args.namespace,
            {**SCHEMA, AFTER_RESTORE: database.database},
        ),
        # The script itself waits for the database; only a failed upgrade counts.
        spec=k8s.batch.v1.JobSpecArgs(backoff_limit=20, template=template),
        opts=child,
    )


def container(action: str, args: MlflowTrackingArgs) -> workload.WorkloadContainerArgs:
    """Runs `schema.py upgrade` or `schema.py wait`."""
    return workload.WorkloadContainerArgs(
        name=f"{action}-schema",
        image=args.image,
        command=["python3", "/scripts/schema.py", action],
        env=database_env(args),
        secret_env=database_password(),
        mounts={TMP: "tmp"},
        read_only_mounts={"/scripts": "scripts", "/database-ca": "database-ca"},
        resources=workload.ResourcesArgs(cpu="100m", memory="512Mi"),
    )
