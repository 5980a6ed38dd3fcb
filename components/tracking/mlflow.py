"""MLflow: experiment tracking and the model registry."""

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.access import WebService
from components.network import Peer, network_policy
from components.tracking import proxy, schema
from components.tracking.inputs import MlflowTrackingArgs
from components.tracking.shared import (
    HEALTH_PORT,
    HTTP,
    METRICS_PORT,
    MLFLOW_PORT,
    NAME,
    PORT,
    SERVER,
    TMP,
    USER,
    database_env,
    database_password,
    script,
)

# Connections of one worker to the database, for each of its two stores (tracking and registry).
_POOL, _POOL_OVERFLOW = 3, 5


class MlflowTracking(pulumi.ComponentResource):
    """Where teams log runs and keep models. Clients need one name and password, and no keys of the object storage."""

    url: pulumi.Output[str]
    """In the cluster."""
    peer: Peer
    """Where a client's NetworkPolicy must let it go."""
    web: WebService

    def __init__(self, name: str, args: MlflowTrackingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:MlflowTracking", name, {}, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._configuration()
        self._secrets()
        upgraded = schema.declare(args, self._child)
        self._service()
        self._network()
        self._server(upgraded)
        workload.disruption_budget(NAME, args.namespace, SERVER, args.replicas, self._child)
        self.url = pulumi.Output.format("http://{0}.{1}.svc", NAME, args.namespace)
        self.peer = Peer(namespace=args.namespace, labels=SERVER, ports=(PORT,))
        self.web = WebService(
            name=NAME,
            namespace=args.namespace,
            port=HTTP,
            target_port=PORT,
            # Whoever isn't signed in learns so from the very proxy that answers.
            health_path="/ping" if args.oidc else "/",
            health_codes="200" if args.oidc else "401",
        )
        self.register_outputs({"url": self.url})

    def _configuration(self) -> None:
        args = self._args
        files: dict[str, dict[str, pulumi.Input[str]]] = {
            f"{NAME}-proxy": {**proxy.nginx_files(oidc=args.oidc is not None)},
            schema.SCRIPTS: {"schema.py": script("schema.py")},
            schema.CA: {"ca.crt": args.database.ca_certificate},
        }
        for name, data in files.items():
            k8s.core.v1.ConfigMap(
                name, metadata=workload.metadata(name, args.namespace, SERVER), data=data, opts=self._child
            )

    def _secrets(self) -> None:
        args = self._args
        keys = args.bucket.credentials
        secrets = {
            f"{NAME}-database": {"password": args.database.password},
            f"{NAME}-server": {"encryption-passphrase": args.encryption_passphrase},
            proxy.AUTH: proxy.secret_values(args),
            **({f"{NAME}-storage": {"access-key": keys.access_key, "secret-key": keys.secret_key}} if keys else {}),
        }
        for name, values in secrets.items():
            k8s.core.v1.Secret(
                name,
                metadata=workload.metadata(name, args.namespace, SERVER),
                string_data={key: pulumi.Output.secret(value) for key, value in values.items()},
                opts=self._child,
            )

    def _service(self) -> None:
        k8s.core.v1.Service(
            NAME,
            metadata=workload.metadata(NAME, self._args.namespace, SERVER),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=SERVER, ports=[k8s.core.v1.ServicePortArgs(name="http", port=HTTP, target_port=PORT)]
            ),
            opts=self._child,
        )

    def _network(self) -> None:
        args = self._args
        issuer = [Peer(cidr="0.0.0.0/0", ports=(443,))] if args.oidc else []
        network_policy(
            NAME,
            namespace=args.namespace,
            selects=SERVER,
            ingress=[
                *(client.on(PORT) for client in args.clients),
                *(scraper.on(METRICS_PORT) for scraper in args.scrapers),
            ],
            egress=[args.database.peer, *args.bucket.peers, *issuer],
            opts=self._child,
        )

    def _server(self, upgraded: k8s.batch.v1.Job) -> k8s.apps.v1.Deployment:
        args = self._args
        account = workload.service_account(NAME, args.namespace, SERVER, self._child)
        scratch = [workload.empty_dir(name) for name in (*proxy.volumes(args), "metrics")]
        template = workload.pod_template(
            workload.WorkloadPodArgs(
                labels=SERVER,
                service_account=account.metadata.name,
                user=USER,
                annotations={
                    "groundwork/configuration": self._fingerprint(),
                    "prometheus.io/scrape": "true",
                    "prometheus.io/port": str(METRICS_PORT),
                },
                volumes=[
                    workload.config_volume("config", f"{NAME}-proxy"),
                    workload.config_volume("scripts", schema.SCRIPTS),
                    workload.config_volume("database-ca", schema.CA),
                    workload.secret_volume("auth", proxy.AUTH),
                    workload.empty_dir("tmp", args.scratch),
                    *scratch,
                ],
                # Not every engine runs the job first. No pod serves on another schema than its own.
                init_containers=[schema.container("wait", args)],
                containers=[
                    _mlflow(args),
                    proxy.nginx(args),
                    *([proxy.oauth2_proxy(args, args.oidc)] if args.oidc else []),
                ],
                grace_seconds=60,
            )
        )
        return k8s.apps.v1.Deployment(
            NAME,
            metadata=workload.metadata(NAME, args.namespace, SERVER),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=args.replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SERVER),
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1),
                ),
                template=template,
            ),
            opts=pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=[upgraded])),
        )

    def _fingerprint(self) -> pulumi.Output[str]:
        """Changes with every file or secret that a running pod would not notice."""
        args = self._args
        keys = args.bucket.credentials
        return workload.checksum(
            *proxy.nginx_files(oidc=args.oidc is not None).values(),
            script("schema.py"),
            args.database.ca_certificate,
            args.database.password,
            args.encryption_passphrase,
            *proxy.secret_values(args).values(),
            *((keys.access_key, keys.secret_key) if keys else ()),
        )


def _mlflow(args: MlflowTrackingArgs) -> workload.WorkloadContainerArgs:
    keys = {
        "AWS_ACCESS_KEY_ID": workload.SecretKey(secret=f"{NAME}-storage", key="access-key"),
        "AWS_SECRET_ACCESS_KEY": workload.SecretKey(secret=f"{NAME}-storage", key="secret-key"),
    }
    # By way of the proxy: MLflow listens on loopback, where the kubelet can't ask.
    health = ("/mlflow", HEALTH_PORT)
    return workload.WorkloadContainerArgs(
        name="mlflow",
        image=args.image,
        command=["mlflow", "server"],
        args=[
            "--host=127.0.0.1",
            f"--port={MLFLOW_PORT}",
            f"--workers={args.workers}",
            # The proxy keeps the log of requests.
            # A worker that a busy node lets answer late is slow, not dead: by default 5 seconds end it, for ever.
            "--uvicorn-opts=--no-access-log --timeout-worker-healthcheck=120",
            "--serve-artifacts",
            pulumi.Output.format("--artifacts-destination=s3://{0}/artifacts", args.bucket.bucket),
            "--expose-prometheus=/metrics",
            pulumi.Output.concat("--allowed-hosts=", _allowed_hosts(args)),
            pulumi.Output.concat("--cors-allowed-origins=", _allowed_origins(args)),
        ],
        env={
            **database_env(args),
            "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": str(_POOL),
            "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW": str(_POOL_OVERFLOW),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_ENABLE_REMOTE_ASSISTANT": "false",
            "MLFLOW_S3_ENDPOINT_URL": args.bucket.endpoint,
            "AWS_DEFAULT_REGION": args.bucket.region,
        },
        secret_env={
            **database_password(),
            "MLFLOW_CRYPTO_KEK_PASSPHRASE": workload.SecretKey(secret=f"{NAME}-server", key="encryption-passphrase"),
            **(keys if args.bucket.credentials else {}),
        },
        mounts={TMP: "tmp", "/metrics": "metrics"},
        read_only_mounts={"/database-ca": "database-ca"},
        resources=workload.ResourcesArgs(
            cpu=args.resources.cpu,
            memory=args.resources.memory,
            cpu_limit=args.resources.cpu_limit,
            ephemeral_storage=args.scratch,
        ),
        readiness=workload.probe(http=health),
        liveness=workload.probe(http=health, period=20, timeout=10, failures=6),
        startup=workload.probe(http=health, period=5, failures=60),
        # Outlives the proxy, which is still handing requests on.
        pre_stop=["sleep", "8"],
    )


def _names(args: MlflowTrackingArgs) -> list[pulumi.Input[str]]:
    """By which the server is addressed in the cluster."""
    suffixes = ("", ".{0}", ".{0}.svc", ".{0}.svc.cluster.local")
    return [pulumi.Output.format(f"{NAME}{suffix}", args.namespace) for suffix in suffixes]


def _allowed_hosts(args: MlflowTrackingArgs) -> pulumi.Output[str]:
    names = [*_names(args), "localhost", "127.0.0.1", *args.hosts]
    return pulumi.Output.all(*names).apply(lambda known: ",".join(f"{name},{name}:*" for name in known))


def _allowed_origins(args: MlflowTrackingArgs) -> pulumi.Output[str]:
    inside = pulumi.Output.all(*_names(args)).apply(lambda names: [f"http://{name}" for name in names])
    return inside.apply(lambda origins: ",".join([*origins, *(f"https://{host}" for host in args.hosts)]))
