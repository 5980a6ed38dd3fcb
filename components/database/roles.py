"""The job that keeps databases and roles as they are declared."""

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.database.inputs import PostgresqlDatabaseArgs
from components.database.shared import CA_CONFIG, NAME, SUPERUSER, TO_SERVER, USER, connection, script
from components.network import network_policy

PART = "roles"

_JOB = f"{NAME}-{PART}"
_LABELS = workload.labels(NAME, PART)
_SCRIPTS = ("roles.sh", "role.sql", "database.sql", "former.sql")


def declare(
    args: PostgresqlDatabaseArgs, server: k8s.apps.v1.StatefulSet, child: pulumi.ResourceOptions
) -> k8s.batch.v1.Job:
    """Declares the job and what it needs. Another content is another job: a job's template can't change."""
    verifiers = {
        "groundwork_dump": args.backup.dump.verifier,
        "groundwork_restore": args.backup.restore.verifier,
        **{name: consumer.role.verifier for name, consumer in args.consumers.items()},
    }
    files = {name: script(name) for name in _SCRIPTS}
    meta = workload.metadata(_JOB, args.namespace, _LABELS)
    scripts = k8s.core.v1.ConfigMap(_JOB, metadata=meta, data=files, opts=child)
    secret = k8s.core.v1.Secret(
        _JOB,
        metadata=meta,
        string_data={name: pulumi.Output.secret(verifier) for name, verifier in verifiers.items()},
        opts=child,
    )
    account = workload.service_account(_JOB, args.namespace, _LABELS, child)
    network_policy(_JOB, namespace=args.namespace, selects=_LABELS, egress=[TO_SERVER], opts=child)
    version = workload.checksum(
        args.image,
        *files.values(),
        *verifiers,
        *verifiers.values(),
        args.superuser.verifier,
        args.certificate.ca_certificate,
    )
    template = workload.pod_template(
        workload.WorkloadPodArgs(
            labels=_LABELS,
            service_account=account.metadata.name,
            user=USER,
            restart_policy="OnFailure",
            spread=False,
            volumes=[
                workload.config_volume("scripts", scripts.metadata.name),
                workload.config_volume("ca", CA_CONFIG),
                workload.secret_volume("verifiers", secret.metadata.name),
            ],
            containers=[_container(args)],
        )
    )
    return k8s.batch.v1.Job(
        _JOB,
        metadata=workload.metadata(pulumi.Output.concat(_JOB, "-", version), args.namespace, _LABELS),
        # The script itself waits for the server; only a refused statement counts.
        spec=k8s.batch.v1.JobSpecArgs(backoff_limit=20, template=template),
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[server])),
    )


def _container(args: PostgresqlDatabaseArgs) -> workload.WorkloadContainerArgs:
    return workload.WorkloadContainerArgs(
        name="roles",
        image=args.image,
        command=["sh", "/scripts/roles.sh"],
        env={**connection(args.namespace, SUPERUSER), "CONSUMERS": " ".join(args.consumers)},
        secret_env={"PGPASSWORD": workload.SecretKey(secret=f"{NAME}-superuser", key="password")},
        read_only_mounts={"/scripts": "scripts", "/verifiers": "verifiers", "/tls": "ca"},
        resources=workload.ResourcesArgs(cpu="20m", memory="64Mi"),
    )
