"""PostgreSQL that Amazon RDS runs."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components import workload
from components.access import DatabaseAccess
from components.aws import (
    POD_IDENTITY_AGENT,
    EncryptionKey,
    EncryptionKeyArgs,
    KeyUser,
    PodRole,
    PodRoleArgs,
    Statement,
    policy_document,
    trust_document,
)
from components.database import roles
from components.database.inputs import RoleArgs
from components.database.shared import CA_CONFIG, PORT, SERVER, connection
from components.network import Peer

_MASTER = "groundwork"
_PASSWORD_FILE = "/master/pgpass"  # noqa: S105 - a path
_LOGS = ("postgresql", "upgrade")
_TO_SECRETS_MANAGER = Peer(cidr="0.0.0.0/0", ports=(443,))
"""Everywhere on 443: the service answers from public addresses that change, or from an endpoint in the VPC."""


@dataclass(frozen=True, kw_only=True)
class RdsNetworkArgs:
    """Where the instance is, and who reaches it there."""

    vpc_id: pulumi.Input[str]
    addresses: pulumi.Input[str]
    """CIDR of the VPC."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """By zone; without a way out."""
    clients: Mapping[str, pulumi.Input[str]]
    """Security groups that connect, by what they are of."""


@dataclass(frozen=True, kw_only=True)
class RdsStorageArgs:
    """GiB that it starts with, and those that it may grow to."""

    size: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class RdsDatabaseArgs:
    """One instance, with a standby in another zone if `multi_az`."""

    name: str
    account: str
    region: str
    domain: str = "amazonaws.com"
    partition: str = "aws"
    network: RdsNetworkArgs
    version: str
    """Major version of PostgreSQL."""
    instance_class: str
    multi_az: bool
    storage: RdsStorageArgs
    backup_days: int
    log_days: int
    monitoring_interval: int
    """Seconds between measurements of the operating system; 0: none."""
    performance_insights: bool
    """Whether RDS keeps what queries wait for, for a week."""
    maintenance_window: str
    """`sun:03:00-sun:04:00`, UTC."""
    apply_immediately: bool
    authority: str
    """Which of RDS's certificate authorities signs its certificate."""
    ca_certificate: str
    """That authority's, PEM."""
    cluster: pulumi.Input[str]
    """Name of the EKS cluster in which the job runs."""
    namespace: pulumi.Input[str]
    """Of the job that makes databases and roles."""
    image: str
    """With psql of the same major version or a newer one."""
    tools_image: str
    """With Python 3 and boto3."""
    consumers: Mapping[str, RoleArgs]
    permission_boundary: str | None = None
    protect: bool = True


class RdsDatabase(pulumi.ComponentResource):
    """A private, encrypted PostgreSQL instance with one database and role per consumer. RDS keeps its password."""

    host: pulumi.Output[str]
    port: int
    databases: Mapping[str, DatabaseAccess]
    """By consumer."""

    def __init__(self, name: str, args: RdsDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:RdsDatabase", name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._key = self._encryption()
        self._instance = self._server(self._logs())
        self.host = self._instance.address
        self.port = PORT
        self._roles()
        self.databases = {
            consumer: DatabaseAccess(
                host=self.host,
                port=PORT,
                database=consumer,
                user=consumer,
                password=pulumi.Output.secret(role.password),
                ca_certificate=args.ca_certificate,
                peer=self._peer,
            )
            for consumer, role in args.consumers.items()
        }
        self.register_outputs({"host": self.host})

    @property
    def _peer(self) -> Peer:
        return Peer(cidr=self._args.network.addresses, ports=(PORT,))

    def _service(self, name: str) -> str:
        return f"{name}.{self._args.region}.{self._args.domain}"

    def _arn(self, service: str, resource: str) -> str:
        args = self._args
        return f"arn:{args.partition}:{service}:{args.region}:{args.account}:{resource}"

    def _encryption(self) -> EncryptionKey:
        args = self._args
        return EncryptionKey(
            self._name,
            EncryptionKeyArgs(
                alias=f"{args.name}-database",
                description=f"Database of {args.name}: its disks, snapshots, logs and password",
                account=args.account,
                partition=args.partition,
                users=[
                    KeyUser(
                        service=self._service("logs"),
                        conditions={
                            "ArnEquals": {
                                "kms:EncryptionContext:aws:logs:arn": [
                                    self._arn("logs", f"log-group:{group}") for group in self._log_groups
                                ]
                            }
                        },
                    )
                ],
                protect=args.protect,
            ),
            self._child,
        )

    @property
    def _log_groups(self) -> list[str]:
        """RDS says what they are called."""
        return [f"/aws/rds/instance/{self._args.name}/{log}" for log in _LOGS]

    def _logs(self) -> list[aws.cloudwatch.LogGroup]:
        """Made before RDS would make them, which keeps them for ever."""
        return [
            aws.cloudwatch.LogGroup(
                f"{self._name}-{log}",
                name=group,
                retention_in_days=self._args.log_days,
                kms_key_id=self._key.arn,
                opts=self._child,
            )
            for log, group in zip(_LOGS, self._log_groups, strict=True)
        ]

    def _security_group(self) -> aws.ec2.SecurityGroup:
        network = self._args.network
        group = aws.ec2.SecurityGroup(
            self._name,
            description=f"Database of {self._args.name}",
            vpc_id=network.vpc_id,
            opts=self._child,
        )
        for client, group_id in network.clients.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-{client}",
                security_group_id=group.id,
                referenced_security_group_id=group_id,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                opts=self._child,
            )
        return group

    def _parameters(self) -> aws.rds.ParameterGroup:
        parameters = {
            "rds.force_ssl": "1",
            "password_encryption": "scram-sha-256",
            "rds.accepted_password_auth_method": "scram",
            "idle_in_transaction_session_timeout": "600000",
            "log_connections": "1",
            "log_disconnections": "1",
            "log_lock_waits": "1",
        }
        return aws.rds.ParameterGroup(
            self._name,
            family=f"postgres{self._args.version}",
            description=f"Database of {self._args.name}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value) for key, value in parameters.items()
            ],
            opts=self._child,
        )

    def _monitoring_role(self) -> pulumi.Output[str] | None:
        """RDS's own policy for this is for every region and account."""
        args = self._args
        if not args.monitoring_interval:
            return None
        role = aws.iam.Role(
            f"{self._name}-monitoring",
            description=f"RDS measures the operating system under {args.name}",
            assume_role_policy=trust_document("monitoring.rds.amazonaws.com", source_account=args.account),
            permissions_boundary=args.permission_boundary,
            opts=self._child,
        )
        group = self._arn("logs", "log-group:RDSOSMetrics")
        policy = aws.iam.RolePolicy(
            f"{self._name}-monitoring",
            role=role.name,
            policy=policy_document(
                Statement(
                    sid="Group",
                    actions=["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
                    resources=[group, f"{group}:*"],
                    reason="a log group's ARN ends in `:*` for some actions",
                ),
                Statement(
                    sid="Streams",
                    actions=[
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:GetLogEvents",
                        "logs:PutLogEvents",
                    ],
                    resources=[f"{group}:log-stream:*"],
                    reason="one stream for each instance, by an id that RDS gives",
                ),
            ),
            opts=self._child,
        )
        return pulumi.Output.all(role.arn, policy.id).apply(lambda values: str(values[0]))

    def _server(self, logs: list[aws.cloudwatch.LogGroup]) -> aws.rds.Instance:
        args = self._args
        subnets = aws.rds.SubnetGroup(
            self._name,
            description=f"Database of {args.name}",
            subnet_ids=list(args.network.subnet_ids.values()),
            opts=self._child,
        )
        return aws.rds.Instance(
            self._name,
            identifier=args.name,
            engine="postgres",
            engine_version=args.version,
            instance_class=args.instance_class,
            multi_az=args.multi_az,
            # Minor versions come by themselves. A major one comes with the catalog's, in the window.
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=True,
            apply_immediately=args.apply_immediately,
            maintenance_window=args.maintenance_window,
            storage_type="gp3",
            allocated_storage=args.storage.size,
            max_allocated_storage=args.storage.limit,
            storage_encrypted=True,
            kms_key_id=self._key.arn,
            username=_MASTER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=self._key.arn,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[self._security_group().id],
            publicly_accessible=False,
            port=PORT,
            ca_cert_identifier=args.authority,
            parameter_group_name=self._parameters().name,
            backup_retention_period=args.backup_days,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not args.protect,
            deletion_protection=args.protect,
            skip_final_snapshot=not args.protect,
            final_snapshot_identifier=f"{args.name}-final" if args.protect else None,
            performance_insights_enabled=args.performance_insights,
            performance_insights_kms_key_id=self._key.arn if args.performance_insights else None,
            # Days; more than these cost.
            performance_insights_retention_period=7 if args.performance_insights else None,
            monitoring_interval=args.monitoring_interval,
            monitoring_role_arn=self._monitoring_role(),
            enabled_cloudwatch_logs_exports=list(_LOGS),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=logs, protect=args.protect, retain_on_delete=args.protect
            ),
        )

    def _roles(self) -> None:
        """A job in the cluster makes what is in the server: it alone may read the master password."""
        args = self._args
        k8s.core.v1.ConfigMap(
            CA_CONFIG,
            metadata=workload.metadata(CA_CONFIG, args.namespace, SERVER),
            data={"ca.crt": args.ca_certificate},
            opts=self._child,
        )
        secret = self._instance.master_user_secrets.apply(lambda secrets: str(secrets[0].secret_arn))
        role = self._may_read(secret)
        roles.declare(
            roles.RolesArgs(
                namespace=args.namespace,
                image=args.image,
                consumers={name: consumer.verifier for name, consumer in args.consumers.items()},
                connection={**connection(self.host, _MASTER), "PGPASSFILE": _PASSWORD_FILE},
                first=[self._fetch(pulumi.Output.all(secret, role.ready).apply(lambda values: str(values[0])))],
                scripts=["master.py"],
                mounts={"/master": "master"},
                volumes=[
                    # In memory, and gone with the pod.
                    k8s.core.v1.VolumeArgs(
                        name="master",
                        empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit="1Mi"),
                    ),
                    workload.empty_dir("tmp"),
                ],
                egress=[self._peer, _TO_SECRETS_MANAGER, POD_IDENTITY_AGENT],
                # Another instance under the same name is empty.
                version=[self._instance.resource_id, args.ca_certificate],
            ),
            self._child,
        )

    def _fetch(self, secret: pulumi.Input[str]) -> workload.WorkloadContainerArgs:
        return workload.WorkloadContainerArgs(
            name="master",
            image=self._args.tools_image,
            command=["python3", "/scripts/master.py"],
            env={
                "MASTER_SECRET": secret,
                "PGPASSFILE": _PASSWORD_FILE,
                "AWS_DEFAULT_REGION": self._args.region,
                "HOME": "/tmp",  # noqa: S108
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            mounts={"/master": "master", "/tmp": "tmp"},  # noqa: S108
            read_only_mounts={"/scripts": "scripts"},
            resources=workload.ResourcesArgs(cpu="50m", memory="256Mi"),
        )

    def _may_read(self, secret: pulumi.Output[str]) -> PodRole:
        args = self._args
        return PodRole(
            roles.JOB,
            PodRoleArgs(
                cluster=args.cluster,
                namespace=args.namespace,
                service_account=roles.JOB,
                statements=[
                    Statement(sid="Password", actions=["secretsmanager:GetSecretValue"], resources=[secret]),
                    Statement(
                        sid="Key",
                        actions=["kms:Decrypt"],
                        resources=[self._key.arn],
                        # Of all that is under the key, the one secret.
                        conditions={
                            "StringEquals": {
                                "kms:ViaService": self._service("secretsmanager"),
                                "kms:EncryptionContext:SecretARN": secret,
                            }
                        },
                    ),
                ],
                permission_boundary=args.permission_boundary,
            ),
            self._child,
        )
