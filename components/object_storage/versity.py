"""Versity S3 Gateway: the S3 API over a volume of the cluster."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.access import BucketAccess, StaticCredentials
from components.network import Peer, network_policy

S3_PORT = 7070
ADMIN_PORT = 7071
METRICS_PORT = 9102
REGION = "us-east-1"
ACCOUNT_PREFIX = "groundwork-"
"""Marks the gateway's accounts that are the platform's: only these are ever removed."""

_NAME = "object-storage"
_USER = 1000
_GATEWAY = workload.labels(_NAME, "gateway")
_ACCOUNTS = workload.labels(_NAME, "accounts")
_HEALTH = "/_health"  # No bucket can have this name: S3 allows no underscore.
_DATA = "/data"
_SCRIPT = Path(__file__).parent / "scripts" / "accounts.py"


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """A bucket for one consumer, who gets an account that reads and writes the objects of this bucket alone."""

    name: str
    secret_key: pulumi.Input[str]
    """The account's secret key. Its access key is `groundwork-<consumer>`."""
    clients: Sequence[Peer]
    """Whose pods connect. Ports are the gateway's own to say."""
    versioning: bool = False
    """Keep every version of an object. The consumer can't delete versions."""


@dataclass(frozen=True, kw_only=True)
class ExporterArgs:
    """A statsd exporter beside the gateway, which itself only pushes statsd metrics."""

    image: str
    resources: workload.ResourcesArgs = field(default_factory=lambda: workload.ResourcesArgs(cpu="10m", memory="64Mi"))


@dataclass(frozen=True, kw_only=True)
class VersityObjectStorageArgs:
    """One gateway pod on one volume."""

    namespace: pulumi.Input[str]
    image: str
    tools_image: str
    """An image with Python 3 and boto3, for the job that keeps buckets and accounts in step."""
    volume: str
    """Size of the volume, as a Kubernetes quantity. Its file system must have extended attributes (ext4, xfs)."""
    storage_class: str | None = None
    resources: workload.ResourcesArgs
    root_secret_key: pulumi.Input[str]
    buckets: Mapping[str, BucketArgs]
    """By consumer."""
    exporter: ExporterArgs | None = None
    scrapers: Sequence[Peer] = ()
    """Who may read the metrics."""


class VersityObjectStorage(pulumi.ComponentResource):
    """An S3 endpoint in the cluster, with a bucket and an account for each consumer."""

    endpoint: pulumi.Output[str]
    buckets: Mapping[str, BucketAccess]

    def __init__(self, name: str, args: VersityObjectStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:VersityObjectStorage", name, {}, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._service()
        self._root_secret()
        gateway = self._gateway()
        self._network()
        self._accounts(gateway)
        self.endpoint = pulumi.Output.format("http://{0}.{1}.svc:{2}", _NAME, args.namespace, S3_PORT)
        self.buckets = {consumer: self._access(consumer, bucket) for consumer, bucket in args.buckets.items()}
        self.register_outputs({"endpoint": self.endpoint})

    def _access(self, consumer: str, bucket: BucketArgs) -> BucketAccess:
        return BucketAccess(
            endpoint=self.endpoint,
            region=REGION,
            bucket=bucket.name,
            peers=[Peer(namespace=self._args.namespace, labels=_GATEWAY, ports=(S3_PORT,))],
            credentials=StaticCredentials(
                access_key=f"{ACCOUNT_PREFIX}{consumer}", secret_key=pulumi.Output.secret(bucket.secret_key)
            ),
        )

    def _service(self) -> None:
        k8s.core.v1.Service(
            _NAME,
            metadata=workload.metadata(_NAME, self._args.namespace, _GATEWAY),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=_GATEWAY,
                ports=[
                    k8s.core.v1.ServicePortArgs(name=name, port=port, target_port=port)
                    for name, port in (("s3", S3_PORT), ("admin", ADMIN_PORT))
                ],
            ),
            opts=self._child,
        )

    def _root_secret(self) -> None:
        k8s.core.v1.Secret(
            f"{_NAME}-root",
            metadata=workload.metadata(f"{_NAME}-root", self._args.namespace, _GATEWAY),
            string_data={"access-key": f"{ACCOUNT_PREFIX}root", "secret-key": self._args.root_secret_key},
            opts=self._child,
        )

    def _gateway(self) -> k8s.apps.v1.StatefulSet:
        args = self._args
        account = workload.service_account(_NAME, args.namespace, _GATEWAY, self._child)
        claim = k8s.core.v1.PersistentVolumeClaim(
            f"{_NAME}-data",
            metadata=workload.metadata(f"{_NAME}-data", args.namespace, _GATEWAY),
            spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"],
                storage_class_name=args.storage_class,
                resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": args.volume}),
            ),
            opts=self._child,
        )
        template = workload.pod_template(
            workload.WorkloadPodArgs(
                labels=_GATEWAY,
                service_account=account.metadata.name,
                user=_USER,
                annotations={"groundwork/credentials": workload.checksum(args.root_secret_key), **self._scrape()},
                volumes=[
                    k8s.core.v1.VolumeArgs(
                        name="data",
                        persistent_volume_claim=k8s.core.v1.PersistentVolumeClaimVolumeSourceArgs(
                            claim_name=claim.metadata.name
                        ),
                    )
                ],
                init_containers=[_directories(args)],
                containers=[_gateway_container(args), *([_exporter(args.exporter)] if args.exporter else [])],
                spread=False,
            )
        )
        return k8s.apps.v1.StatefulSet(
            _NAME,
            metadata=workload.metadata(_NAME, args.namespace, _GATEWAY),
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                service_name=_NAME,
                # The gateway's accounts are a file that one process alone may write.
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=_GATEWAY),
                template=template,
            ),
            opts=self._child,
        )

    def _scrape(self) -> dict[str, str]:
        if not self._args.exporter:
            return {}
        return {"prometheus.io/scrape": "true", "prometheus.io/port": str(METRICS_PORT)}

    def _network(self) -> None:
        args = self._args
        clients = [client for bucket in args.buckets.values() for client in bucket.clients]
        accounts = Peer(labels=_ACCOUNTS, ports=(S3_PORT, ADMIN_PORT))
        ingress = [accounts, *(client.on(S3_PORT) for client in clients)]
        if args.exporter:
            ingress += [scraper.on(METRICS_PORT) for scraper in args.scrapers]
        network_policy(
            f"{_NAME}-gateway", namespace=args.namespace, selects=_GATEWAY, ingress=ingress, opts=self._child
        )
        network_policy(
            f"{_NAME}-accounts",
            namespace=args.namespace,
            selects=_ACCOUNTS,
            egress=[Peer(labels=_GATEWAY, ports=(S3_PORT, ADMIN_PORT))],
            opts=self._child,
        )

    def _accounts(self, gateway: k8s.apps.v1.StatefulSet) -> None:
        """Buckets, accounts and policies, and the job that makes the gateway have them."""
        args = self._args
        name = f"{_NAME}-accounts"
        script = _SCRIPT.read_text(encoding="utf-8")
        declared = json.dumps(
            {
                "prefix": ACCOUNT_PREFIX,
                "buckets": {
                    bucket.name: {"account": f"{ACCOUNT_PREFIX}{consumer}", "versioning": bucket.versioning}
                    for consumer, bucket in args.buckets.items()
                },
            },
            indent=2,
            sort_keys=True,
        )
        meta = workload.metadata(name, args.namespace, _ACCOUNTS)
        config = k8s.core.v1.ConfigMap(
            name, metadata=meta, data={"accounts.py": script, "declared.json": declared}, opts=self._child
        )
        secret = k8s.core.v1.Secret(
            name,
            metadata=meta,
            string_data={f"{ACCOUNT_PREFIX}{consumer}": bucket.secret_key for consumer, bucket in args.buckets.items()},
            opts=self._child,
        )
        account = workload.service_account(name, args.namespace, _ACCOUNTS, self._child)
        template = workload.pod_template(
            workload.WorkloadPodArgs(
                labels=_ACCOUNTS,
                service_account=account.metadata.name,
                user=_USER,
                restart_policy="OnFailure",
                spread=False,
                volumes=[
                    workload.config_volume("config", config.metadata.name),
                    workload.secret_volume("keys", secret.metadata.name),
                ],
                containers=[_accounts_container(args)],
            )
        )
        # A job's template can't change: another content is another job.
        version = workload.checksum(
            args.tools_image, script, declared, *(bucket.secret_key for bucket in args.buckets.values())
        )
        k8s.batch.v1.Job(
            name,
            metadata=workload.metadata(pulumi.Output.concat(name, "-", version), args.namespace, _ACCOUNTS),
            spec=k8s.batch.v1.JobSpecArgs(backoff_limit=6, template=template),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
        )


def _directories(args: VersityObjectStorageArgs) -> workload.WorkloadContainerArgs:
    return workload.WorkloadContainerArgs(
        name="directories",
        image=args.image,
        command=["/bin/mkdir", "-p", f"{_DATA}/buckets", f"{_DATA}/versions", f"{_DATA}/accounts"],
        mounts={_DATA: "data"},
        resources=workload.ResourcesArgs(cpu="10m", memory="16Mi"),
    )


def _gateway_container(args: VersityObjectStorageArgs) -> workload.WorkloadContainerArgs:
    health = workload.probe(http=(_HEALTH, S3_PORT))
    # The admin API has its own port, so that a NetworkPolicy can keep consumers away from it.
    flags = {
        "--port": f":{S3_PORT}",
        "--admin-port": f":{ADMIN_PORT}",
        "--region": REGION,
        "--health": _HEALTH,
        "--iam-dir": f"{_DATA}/accounts",
        **({"--metrics-dogstatsd-servers": "127.0.0.1:9125", "--metrics-service-name": _NAME} if args.exporter else {}),
    }
    return workload.WorkloadContainerArgs(
        name="gateway",
        image=args.image,
        command=["/usr/local/bin/versitygw"],
        args=[
            *(part for flag in flags.items() for part in flag),
            "--quiet",
            "posix",
            # Beside the buckets, not among them, and on the same volume: a version is made by renaming.
            "--versioning-dir",
            f"{_DATA}/versions",
            f"{_DATA}/buckets",
        ],
        ports={"s3": S3_PORT, "admin": ADMIN_PORT},
        env={"GOMEMLIMIT": workload.go_memory_limit(args.resources.memory)},
        secret_env=_root_keys(),
        mounts={_DATA: "data"},
        resources=args.resources,
        readiness=health,
        liveness=health,
    )


def _exporter(args: ExporterArgs) -> workload.WorkloadContainerArgs:
    return workload.WorkloadContainerArgs(
        name="exporter",
        image=args.image,
        command=["/bin/statsd_exporter"],
        args=[
            "--statsd.listen-udp=127.0.0.1:9125",
            "--statsd.listen-tcp=",
            f"--web.listen-address=:{METRICS_PORT}",
        ],
        ports={"metrics": METRICS_PORT},
        resources=args.resources,
        readiness=workload.probe(http=("/-/ready", METRICS_PORT)),
        liveness=workload.probe(http=("/-/healthy", METRICS_PORT)),
    )


def _accounts_container(args: VersityObjectStorageArgs) -> workload.WorkloadContainerArgs:
    return workload.WorkloadContainerArgs(
        name="accounts",
        image=args.tools_image,
        command=["python3", "/config/accounts.py"],
        env={
            "S3_ENDPOINT": pulumi.Output.format("http://{0}.{1}.svc:{2}", _NAME, args.namespace, S3_PORT),
            "ADMIN_ENDPOINT": pulumi.Output.format("http://{0}.{1}.svc:{2}", _NAME, args.namespace, ADMIN_PORT),
            "AWS_REGION": REGION,
            "DECLARED": "/config/declared.json",
            "KEYS": "/keys",
            # No credentials but the given ones, no files outside the mounts.
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        secret_env=_root_keys(),
        read_only_mounts={"/config": "config", "/keys": "keys"},
        resources=workload.ResourcesArgs(cpu="50m", memory="128Mi"),
    )


def _root_keys() -> dict[str, workload.SecretKey]:
    return {
        "ROOT_ACCESS_KEY_ID": workload.SecretKey(secret=f"{_NAME}-root", key="access-key"),
        "ROOT_SECRET_ACCESS_KEY": workload.SecretKey(secret=f"{_NAME}-root", key="secret-key"),
    }
