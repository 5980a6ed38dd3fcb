"""PostgreSQL on a volume of the cluster."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.access import DatabaseAccess
from components.database import backup, roles
from components.database.inputs import PostgresqlDatabaseArgs
from components.database.shared import (
    CA_CONFIG,
    NAME,
    PORT,
    SERVER,
    SUPERUSER,
    TO_SERVER,
    USER,
    connection,
    host,
    script,
)
from components.network import Peer, network_policy

_VOLUME = "/var/lib/postgresql/data"
_CONFIG = "/etc/postgresql"
_TLS = "/etc/postgresql-tls"
_SUPERUSER_SCRIPT = "superuser.sh"

_DATA = {
    # A folder below the volume's root, which may hold lost+found.
    "PGDATA": f"{_VOLUME}/pgdata",
    "POSTGRES_USER": SUPERUSER,
}
_WRITABLE = {_VOLUME: "data", "/var/run/postgresql": "run", "/tmp": "tmp", "/dev/shm": "shm"}  # noqa: S108

# Only TLS, only passwords by SCRAM, and each consumer only to the database of its own name.
_HBA = f"""\
local   all       {SUPERUSER}         scram-sha-256
hostssl all       {SUPERUSER}         all  scram-sha-256
hostssl all       groundwork_dump     all  scram-sha-256
hostssl all       groundwork_restore  all  scram-sha-256
hostssl sameuser  all                 all  scram-sha-256
"""


class PostgresqlDatabase(pulumi.ComponentResource):
    """A PostgreSQL server with one database and role per consumer, dumped to object storage on a schedule."""

    host: pulumi.Output[str]
    port: int
    databases: Mapping[str, DatabaseAccess]
    """By consumer."""

    def __init__(self, name: str, args: PostgresqlDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:PostgresqlDatabase", name, {}, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._service()
        server = self._server()
        self._network()
        roles_job = roles.declare(_roles(args, server), self._child)
        backup.declare(args, roles_job, self._child)
        self.host = host(args.namespace)
        self.port = PORT
        self.databases = {
            consumer: DatabaseAccess(
                host=self.host,
                port=PORT,
                database=consumer,
                user=consumer,
                password=pulumi.Output.secret(declared.role.password),
                ca_certificate=args.certificate.ca_certificate,
                peer=Peer(namespace=args.namespace, labels=SERVER, ports=(PORT,)),
            )
            for consumer, declared in args.consumers.items()
        }
        self.register_outputs({"host": self.host})

    def _service(self) -> None:
        k8s.core.v1.Service(
            NAME,
            metadata=workload.metadata(NAME, self._args.namespace, SERVER),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=SERVER,
                ports=[k8s.core.v1.ServicePortArgs(name="postgresql", port=PORT, target_port=PORT)],
            ),
            opts=self._child,
        )

    def _server(self) -> k8s.apps.v1.StatefulSet:
        args = self._args
        account = workload.service_account(NAME, args.namespace, SERVER, self._child)
        config = _settings(args.memory)
        template = workload.pod_template(
            workload.WorkloadPodArgs(
                labels=SERVER,
                service_account=account.metadata.name,
                user=USER,
                annotations={
                    "groundwork/configuration": workload.checksum(
                        config, _HBA, script(_SUPERUSER_SCRIPT), args.certificate.certificate, args.superuser.verifier
                    )
                },
                volumes=self._volumes(config),
                init_containers=[_superuser(args)],
                containers=[_container(args)],
                # A fast shutdown (the image's stop signal) rolls transactions back and writes a checkpoint.
                grace_seconds=120,
                spread=False,
            )
        )
        return k8s.apps.v1.StatefulSet(
            NAME,
            metadata=workload.metadata(NAME, args.namespace, SERVER),
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                service_name=NAME,
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SERVER),
                template=template,
            ),
            opts=self._child,
        )

    def _volumes(self, config: str) -> list[k8s.core.v1.VolumeArgs]:
        args = self._args
        claim = k8s.core.v1.PersistentVolumeClaim(
            f"{NAME}-data",
            metadata=workload.metadata(f"{NAME}-data", args.namespace, SERVER),
            spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"],
                storage_class_name=args.storage_class,
                resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": args.volume}),
            ),
            opts=self._child,
        )
        settings = k8s.core.v1.ConfigMap(
            f"{NAME}-config",
            metadata=workload.metadata(f"{NAME}-config", args.namespace, SERVER),
            data={"postgresql.conf": config, "pg_hba.conf": _HBA, _SUPERUSER_SCRIPT: script(_SUPERUSER_SCRIPT)},
            opts=self._child,
        )
        superuser = k8s.core.v1.Secret(
            f"{NAME}-superuser",
            metadata=workload.metadata(f"{NAME}-superuser", args.namespace, SERVER),
            string_data={
                "password": pulumi.Output.secret(args.superuser.password),
                "verifier": pulumi.Output.secret(args.superuser.verifier),
            },
            opts=self._child,
        )
        tls = k8s.core.v1.Secret(
            f"{NAME}-tls",
            metadata=workload.metadata(f"{NAME}-tls", args.namespace, SERVER),
            type="kubernetes.io/tls",
            string_data={
                "tls.crt": args.certificate.certificate,
                "tls.key": pulumi.Output.secret(args.certificate.private_key),
            },
            opts=self._child,
        )
        k8s.core.v1.ConfigMap(
            CA_CONFIG,
            metadata=workload.metadata(CA_CONFIG, args.namespace, SERVER),
            data={"ca.crt": args.certificate.ca_certificate},
            opts=self._child,
        )
        return [
            k8s.core.v1.VolumeArgs(
                name="data",
                persistent_volume_claim=k8s.core.v1.PersistentVolumeClaimVolumeSourceArgs(
                    claim_name=claim.metadata.name
                ),
            ),
            workload.config_volume("config", settings.metadata.name),
            workload.secret_volume("superuser", superuser.metadata.name),
            # PostgreSQL takes a key that its group may read only from root, to whom a Secret's files belong.
            workload.secret_volume("tls", tls.metadata.name),
            workload.empty_dir("run", "1Mi"),
            workload.empty_dir("tmp"),
            k8s.core.v1.VolumeArgs(
                name="shm",
                empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=f"{args.memory // 8}Mi"),
            ),
        ]

    def _network(self) -> None:
        args = self._args
        clients = [client for consumer in args.consumers.values() for client in consumer.clients]
        jobs = [Peer(labels=workload.labels(NAME, part)) for part in (roles.PART, *backup.PARTS)]
        network_policy(
            NAME,
            namespace=args.namespace,
            selects=SERVER,
            ingress=[peer.on(PORT) for peer in (*jobs, *clients)],
            opts=self._child,
        )


def _roles(args: PostgresqlDatabaseArgs, server: k8s.apps.v1.StatefulSet) -> roles.RolesArgs:
    return roles.RolesArgs(
        namespace=args.namespace,
        image=args.image,
        consumers={name: consumer.role.verifier for name, consumer in args.consumers.items()},
        keepers={
            "groundwork_dump": args.backup.dump.verifier,
            "groundwork_restore": args.backup.restore.verifier,
        },
        connection=connection(host(args.namespace), SUPERUSER),
        password={"PGPASSWORD": workload.SecretKey(secret=f"{NAME}-superuser", key="password")},
        egress=[TO_SERVER],
        version=[args.superuser.verifier, args.certificate.ca_certificate],
        after=[server],
    )


def _settings(memory: int) -> str:
    """postgresql.conf for a server with so many MiB, after the rules of thumb of PostgreSQL's manual (19.4)."""
    return f"""\
listen_addresses = '*'
port = {PORT}
unix_socket_directories = '/var/run/postgresql'
hba_file = '{_CONFIG}/pg_hba.conf'
ssl = on
ssl_cert_file = '{_TLS}/tls.crt'
ssl_key_file = '{_TLS}/tls.key'
ssl_min_protocol_version = 'TLSv1.3'
password_encryption = 'scram-sha-256'
max_connections = {min(max(memory // 10, 100), 500)}
shared_buffers = {memory // 4}MB
effective_cache_size = {memory // 2}MB
maintenance_work_mem = {memory // 16}MB
idle_in_transaction_session_timeout = '10min'
log_timezone = 'UTC'
timezone = 'UTC'
"""


def _superuser(args: PostgresqlDatabaseArgs) -> workload.WorkloadContainerArgs:
    return workload.WorkloadContainerArgs(
        name="superuser",
        image=args.image,
        command=["sh", f"{_CONFIG}/{_SUPERUSER_SCRIPT}"],
        env=_DATA,
        mounts=_WRITABLE,
        read_only_mounts={_CONFIG: "config", _TLS: "tls", "/superuser": "superuser"},
        resources=args.resources,
    )


def _container(args: PostgresqlDatabaseArgs) -> workload.WorkloadContainerArgs:
    # By TCP: while the image's entrypoint sets a new volume up, its server listens on the socket alone.
    ready = ["pg_isready", "--quiet", "--host=127.0.0.1", f"--port={PORT}", f"--username={SUPERUSER}"]
    return workload.WorkloadContainerArgs(
        name="postgresql",
        image=args.image,
        args=["postgres", "-c", f"config_file={_CONFIG}/postgresql.conf"],
        ports={"postgresql": PORT},
        env={
            **_DATA,
            "POSTGRES_PASSWORD_FILE": "/superuser/password",
            # Collation C does not change with the C library of a newer image, so indexes outlive it.
            "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8 --data-checksums",
        },
        mounts=_WRITABLE,
        read_only_mounts={_CONFIG: "config", _TLS: "tls", "/superuser": "superuser"},
        resources=args.resources,
        readiness=workload.probe(command=ready),
        liveness=workload.probe(command=ready, failures=6),
        # Half an hour: after a crash the server first replays its log.
        startup=workload.probe(command=ready, period=5, failures=360),
    )
