"""The job that keeps databases and roles as they are declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.database.shared import CA_CONFIG, NAME, USER, script
from components.network import Peer, network_policy

PART = "roles"
JOB = f"{NAME}-{PART}"
"""The service account's name too."""

_LABELS = workload.labels(NAME, PART)
_SCRIPTS = ("roles.sh", "role.sql", "database.sql", "former.sql")


@dataclass(frozen=True, kw_only=True)
class RolesArgs:
    """What the server is to have, and how the job gets in."""

    namespace: pulumi.Input[str]
    image: str
    """With psql."""
    consumers: Mapping[str, pulumi.Input[str]]
    """SCRAM verifiers by the consumers' names."""
    keepers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Those of `groundwork_dump` and `groundwork_restore`, where databases are dumped."""
    connection: Mapping[str, pulumi.Input[str]]
    """libpq's environment of who may make roles. The password is not in it."""
    password: Mapping[str, workload.SecretKey] = field(default_factory=dict)
    """Where the password is, unless `first` brings it."""
    first: Sequence[workload.WorkloadContainerArgs] = ()
    """What runs before."""
    scripts: Sequence[str] = ()
    """Scripts that `first` needs beside the job's own, at /scripts."""
    mounts: Mapping[str, str] = field(default_factory=dict)
    volumes: Sequence[k8s.core.v1.VolumeArgs] = ()
    """What `first` and the job share."""
    egress: Sequence[Peer]
    version: Sequence[pulumi.Input[str]]
    """When one of these changes, or what the server is to have, the job runs again."""
    after: Sequence[pulumi.Resource] = ()


def declare(args: RolesArgs, child: pulumi.ResourceOptions) -> k8s.batch.v1.Job:
    """Declares the job and what it needs. Another content is another job: a job's template can't change."""
    verifiers = {**args.keepers, **args.consumers}
    files = {name: script(name) for name in (*_SCRIPTS, *args.scripts)}
    meta = workload.metadata(JOB, args.namespace, _LABELS)
    scripts = k8s.core.v1.ConfigMap(JOB, metadata=meta, data=files, opts=child)
    secret = k8s.core.v1.Secret(
        JOB,
        metadata=meta,
        string_data={name: pulumi.Output.secret(verifier) for name, verifier in verifiers.items()},
        opts=child,
    )
    account = workload.service_account(JOB, args.namespace, _LABELS, child)
    network_policy(JOB, namespace=args.namespace, selects=_LABELS, egress=args.egress, opts=child)
    version = workload.checksum(args.image, *files.values(), *verifiers, *verifiers.values(), *args.version)
    template = workload.pod_template(
        workload.WorkloadPodArgs(
            labels=_LABELS,
            service_account=account.metadata.name,
            user=USER,
            # What runs first runs again with each try: a password may have changed meanwhile.
            restart_policy="Never" if args.first else "OnFailure",
            spread=False,
            volumes=[
                workload.config_volume("scripts", scripts.metadata.name),
                workload.config_volume("ca", CA_CONFIG),
                workload.secret_volume("verifiers", secret.metadata.name),
                *args.volumes,
            ],
            init_containers=args.first,
            containers=[_container(args)],
        )
    )
    return k8s.batch.v1.Job(
        JOB,
        metadata=workload.metadata(pulumi.Output.concat(JOB, "-", version), args.namespace, _LABELS),
        # The script itself waits for the server; only a refused statement counts.
        spec=k8s.batch.v1.JobSpecArgs(backoff_limit=20, template=template),
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=list(args.after))),
    )


def _container(args: RolesArgs) -> workload.WorkloadContainerArgs:
    return workload.WorkloadContainerArgs(
        name="roles",
        image=args.image,
        command=["sh", "/scripts/roles.sh"],
        env={
            **args.connection,
            "CONSUMERS": " ".join(args.consumers),
            "DUMPED": "true" if args.keepers else "false",
        },
        secret_env=args.password,
        mounts=args.mounts,
        read_only_mounts={"/scripts": "scripts", "/verifiers": "verifiers", "/tls": "ca"},
        resources=workload.ResourcesArgs(cpu="20m", memory="64Mi"),
    )
