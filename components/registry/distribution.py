"""CNCF Distribution: a container registry with its blobs on the object storage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.access import BucketAccess
from components.network import Peer, network_policy

PORT = 5000
METRICS_PORT = 5001

_NAME = "registry"
_USER = 1000
SERVER = workload.labels(_NAME, "server")
COLLECTOR = workload.labels(_NAME, "garbage-collection")
_CONFIG = "/etc/distribution/config.yml"
_HTPASSWD = "/auth/htpasswd"
_TOKEN_ROOTS = "/trust/token-roots.pem"  # noqa: S105 - certificates
_TLS = "/tls"


@dataclass(frozen=True, kw_only=True)
class HtpasswdArgs:
    """Accounts of the registry's own. Each may push, pull and delete: Distribution tells only tokens' rights apart."""

    lines: pulumi.Input[str]
    """`user:bcrypt`, one a line."""


@dataclass(frozen=True, kw_only=True)
class TokenArgs:
    """Tokens of a token server, which says who may do what in which repository."""

    realm: str
    service: str
    issuer: str
    root_certificates: str
    """PEM."""


@dataclass(frozen=True, kw_only=True)
class GarbageCollectionArgs:
    """Deletes the blobs that no manifest names.

    Distribution marks what manifests name, then deletes the rest, and locks nobody out meanwhile: an image whose
    manifest arrives between the two may lose layers. If its blobs went before, the manifest is refused.
    """

    schedule: str
    """Cron, UTC."""
    delete_untagged: bool = False
    """Delete manifests without a tag too, and with them whatever is pulled by digest alone."""


@dataclass(frozen=True, kw_only=True)
class DistributionRegistryArgs:
    """Stateless replicas over one bucket."""

    namespace: pulumi.Input[str]
    image: str
    replicas: int
    resources: workload.ResourcesArgs
    bucket: BucketAccess
    http_secret: pulumi.Input[str]
    """Signs the state of uploads; the replicas share it."""
    auth: HtpasswdArgs | TokenArgs
    garbage_collection: GarbageCollectionArgs
    tls_secret: str | None = None
    """An existing Secret of the namespace with `tls.crt` and `tls.key`; none means plain HTTP behind a proxy."""
    clients: Sequence[Peer] = ()
    """Who may connect: nodes that pull, build machines that push. Each request is still authenticated."""
    scrapers: Sequence[Peer] = ()
    """Who may read the metrics."""


class DistributionRegistry(pulumi.ComponentResource):
    """A registry that speaks the OCI distribution protocol."""

    url: pulumi.Output[str]
    peer: Peer

    def __init__(self, name: str, args: DistributionRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:DistributionRegistry", name, {}, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._config()
        self._secret()
        self._server()
        self._service()
        self._collector()
        self._network()
        scheme = "https" if args.tls_secret else "http"
        self.url = pulumi.Output.format("{0}://{1}.{2}.svc:{3}", scheme, _NAME, args.namespace, PORT)
        self.peer = Peer(namespace=args.namespace, labels=SERVER, ports=(PORT,))
        self.register_outputs({"url": self.url})

    def _config(self) -> None:
        # JSON is YAML, and needs no library.
        self._rendered = pulumi.Output.json_dumps(_configuration(self._args), indent=2)
        trust = self._args.auth.root_certificates if isinstance(self._args.auth, TokenArgs) else None
        self._files: dict[str, pulumi.Input[str]] = {
            "config.yml": self._rendered,
            **({"token-roots.pem": trust} if trust else {}),
        }
        k8s.core.v1.ConfigMap(
            _NAME,
            metadata=workload.metadata(_NAME, self._args.namespace, SERVER),
            data=self._files,
            opts=self._child,
        )

    def _secret(self) -> None:
        keys = self._args.bucket.credentials
        self._secrets: dict[str, pulumi.Input[str]] = {"http-secret": self._args.http_secret}
        if keys:
            self._secrets |= {"access-key": keys.access_key, "secret-key": keys.secret_key}
        if isinstance(self._args.auth, HtpasswdArgs):
            self._secrets["htpasswd"] = self._args.auth.lines
        k8s.core.v1.Secret(
            _NAME,
            metadata=workload.metadata(_NAME, self._args.namespace, SERVER),
            string_data=self._secrets,
            opts=self._child,
        )

    def _container(
        self, name: str, command: Sequence[str], mounts: Mapping[str, str], **more: Any
    ) -> workload.WorkloadContainerArgs:
        secret_env = {"REGISTRY_HTTP_SECRET": workload.SecretKey(secret=_NAME, key="http-secret")}
        if self._args.bucket.credentials:
            secret_env |= {
                "REGISTRY_STORAGE_S3_ACCESSKEY": workload.SecretKey(secret=_NAME, key="access-key"),
                "REGISTRY_STORAGE_S3_SECRETKEY": workload.SecretKey(secret=_NAME, key="secret-key"),
            }
        return workload.WorkloadContainerArgs(
            name=name,
            image=self._args.image,
            command=command,
            env={"OTEL_TRACES_EXPORTER": "none", "GOMEMLIMIT": workload.go_memory_limit(self._args.resources.memory)},
            secret_env=secret_env,
            read_only_mounts=mounts,
            resources=self._args.resources,
            **more,
        )

    def _server(self) -> None:
        args = self._args
        account = workload.service_account(_NAME, args.namespace, SERVER, self._child)
        mounts = {"/etc/distribution": "config"}
        volumes = [workload.config_volume("config", _NAME)]
        if isinstance(args.auth, HtpasswdArgs):
            mounts["/auth"] = "htpasswd"
            volumes.append(_secret_files("htpasswd", _NAME, "htpasswd"))
        else:
            mounts["/trust"] = "config"
        if args.tls_secret:
            mounts[_TLS] = "tls"
            volumes.append(workload.secret_volume("tls", args.tls_secret))
        health = ("/", PORT)
        container = self._container(
            "registry",
            ["/bin/registry", "serve", _CONFIG],
            mounts,
            ports={"registry": PORT, "metrics": METRICS_PORT},
            readiness=workload.probe(http=("/debug/health", METRICS_PORT)),
            liveness=workload.probe(https=health) if args.tls_secret else workload.probe(http=health),
            # A pod that goes still gets requests until every node has heard of it.
            pre_stop=["sleep", "5"],
        )
        template = workload.pod_template(
            workload.WorkloadPodArgs(
                labels=SERVER,
                service_account=account.metadata.name,
                user=_USER,
                containers=[container],
                volumes=volumes,
                annotations={
                    "groundwork/config": workload.checksum(*self._files.values()),
                    "groundwork/credentials": workload.checksum(*self._secrets.values()),
                    "prometheus.io/scrape": "true",
                    "prometheus.io/port": str(METRICS_PORT),
                },
                grace_seconds=60,
            )
        )
        k8s.apps.v1.Deployment(
            _NAME,
            metadata=workload.metadata(_NAME, args.namespace, SERVER),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=args.replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SERVER),
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1),
                ),
                template=template,
            ),
            opts=self._child,
        )
        workload.disruption_budget(_NAME, args.namespace, SERVER, args.replicas, self._child)

    def _service(self) -> None:
        k8s.core.v1.Service(
            _NAME,
            metadata=workload.metadata(_NAME, self._args.namespace, SERVER),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=SERVER,
                ports=[k8s.core.v1.ServicePortArgs(name="registry", port=PORT, target_port=PORT)],
            ),
            opts=self._child,
        )

    def _collector(self) -> None:
        args = self._args
        name = f"{_NAME}-garbage-collection"
        account = workload.service_account(name, args.namespace, COLLECTOR, self._child)
        command = ["/bin/registry", "garbage-collect", "--quiet", _CONFIG]
        if args.garbage_collection.delete_untagged:
            command.insert(2, "--delete-untagged")
        template = workload.pod_template(
            workload.WorkloadPodArgs(
                labels=COLLECTOR,
                service_account=account.metadata.name,
                user=_USER,
                containers=[self._container("collect", command, {"/etc/distribution": "config"})],
                volumes=[workload.config_volume("config", _NAME)],
                restart_policy="Never",
                spread=False,
            )
        )
        k8s.batch.v1.CronJob(
            name,
            metadata=workload.metadata(name, args.namespace, COLLECTOR),
            spec=k8s.batch.v1.CronJobSpecArgs(
                schedule=args.garbage_collection.schedule,
                time_zone="Etc/UTC",
                concurrency_policy="Forbid",
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=1,
                job_template=k8s.batch.v1.JobTemplateSpecArgs(
                    spec=k8s.batch.v1.JobSpecArgs(backoff_limit=1, template=template)
                ),
            ),
            opts=self._child,
        )

    def _network(self) -> None:
        args = self._args
        network_policy(
            f"{_NAME}-server",
            namespace=args.namespace,
            selects=SERVER,
            ingress=[
                *(client.on(PORT) for client in args.clients),
                *(scraper.on(METRICS_PORT) for scraper in args.scrapers),
            ],
            egress=args.bucket.peers,
            opts=self._child,
        )
        network_policy(
            f"{_NAME}-garbage-collection",
            namespace=args.namespace,
            selects=COLLECTOR,
            egress=args.bucket.peers,
            opts=self._child,
        )


def _secret_files(volume: str, secret: str, key: str) -> k8s.core.v1.VolumeArgs:
    return k8s.core.v1.VolumeArgs(
        name=volume,
        secret=k8s.core.v1.SecretVolumeSourceArgs(
            secret_name=secret, default_mode=0o440, items=[k8s.core.v1.KeyToPathArgs(key=key, path=key)]
        ),
    )


def _configuration(args: DistributionRegistryArgs) -> dict[str, Any]:
    """Distribution's configuration. Keys and the upload secret come by environment variables."""
    bucket = args.bucket
    return {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json"},
        "storage": {
            "s3": {
                "region": bucket.region,
                "regionendpoint": bucket.endpoint,
                "bucket": bucket.bucket,
                "forcepathstyle": True,
                # Distribution always sends one. Buckets without ACLs, as S3 makes them, take this one alone.
                "objectacl": "bucket-owner-full-control",
                # S3's least. Two are held in memory for each upload; 10,000 make a layer of at most 48 GiB.
                "chunksize": 5 * 1024**2,
            },
            # No cache of blobs: it would go on naming what the garbage collection deleted, and pushes would skip it.
            "delete": {"enabled": True},
            # Clients can't reach the object storage.
            "redirect": {"disable": True},
            "maintenance": {
                "uploadpurging": {"enabled": True, "age": "168h", "interval": "24h", "dryrun": False},
            },
        },
        "auth": _auth(args.auth),
        "http": {
            "addr": f":{PORT}",
            # Whatever name or port-forward a client came by, it is sent on to the same.
            "relativeurls": True,
            "draintimeout": "30s",
            "headers": {"X-Content-Type-Options": ["nosniff"]},
            "debug": {"addr": f":{METRICS_PORT}", "prometheus": {"enabled": True, "path": "/metrics"}},
            **({"tls": {"certificate": f"{_TLS}/tls.crt", "key": f"{_TLS}/tls.key"}} if args.tls_secret else {}),
        },
        "health": {"storagedriver": {"enabled": True, "interval": "10s", "threshold": 3}},
    }


def _auth(auth: HtpasswdArgs | TokenArgs) -> dict[str, Any]:
    if isinstance(auth, HtpasswdArgs):
        return {"htpasswd": {"realm": "registry", "path": _HTPASSWD}}
    return {
        "token": {
            "realm": auth.realm,
            "service": auth.service,
            "issuer": auth.issuer,
            "rootcertbundle": _TOKEN_ROOTS,
        }
    }
