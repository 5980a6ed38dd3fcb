"""The pod that every workload of the platform starts from: restricted, probed, limited, on its own account."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True, kw_only=True)
class ResourcesArgs:
    """Requests and limits of one container, in Kubernetes quantities. Memory's limit equals its request."""

    cpu: str
    memory: str
    cpu_limit: str = "1"
    ephemeral_storage: str = "256Mi"


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """One key of a Secret in the pod's own namespace."""

    secret: pulumi.Input[str]
    key: str


@dataclass(frozen=True, kw_only=True)
class WorkloadContainerArgs:
    """One container. The root file system is read-only: what it writes goes to a mount."""

    name: str
    image: pulumi.Input[str]
    resources: ResourcesArgs
    command: Sequence[pulumi.Input[str]] | None = None
    args: Sequence[pulumi.Input[str]] | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    secret_env: Mapping[str, SecretKey] = field(default_factory=dict)
    mounts: Mapping[str, str] = field(default_factory=dict)
    """Mount path → volume name, writable."""
    read_only_mounts: Mapping[str, str] = field(default_factory=dict)
    """Mount path → volume name."""
    readiness: k8s.core.v1.ProbeArgs | None = None
    liveness: k8s.core.v1.ProbeArgs | None = None
    startup: k8s.core.v1.ProbeArgs | None = None
    pre_stop: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class WorkloadPodArgs:
    """A pod under Pod Security `restricted`, with no API token unless it calls the API."""

    labels: Mapping[str, str]
    service_account: pulumi.Input[str]
    containers: Sequence[WorkloadContainerArgs]
    init_containers: Sequence[WorkloadContainerArgs] = ()
    user: int
    volumes: Sequence[k8s.core.v1.VolumeArgs] = ()
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    calls_api: bool = False
    restart_policy: str = "Always"
    grace_seconds: int = 30
    spread: bool = True


def probe(
    *,
    http: tuple[str, int] | None = None,
    https: tuple[str, int] | None = None,
    tcp: int | None = None,
    command: Sequence[str] | None = None,
    period: int = 10,
    timeout: int = 5,
    failures: int = 3,
) -> k8s.core.v1.ProbeArgs:
    """A probe of exactly one kind; times in seconds."""
    return k8s.core.v1.ProbeArgs(
        http_get=_http_get(http, "HTTP") if http else _http_get(https, "HTTPS") if https else None,
        tcp_socket=k8s.core.v1.TCPSocketActionArgs(port=tcp) if tcp else None,
        exec_=k8s.core.v1.ExecActionArgs(command=list(command)) if command else None,
        period_seconds=period,
        timeout_seconds=timeout,
        failure_threshold=failures,
    )


def _http_get(target: tuple[str, int], scheme: str) -> k8s.core.v1.HTTPGetActionArgs:
    return k8s.core.v1.HTTPGetActionArgs(path=target[0], port=target[1], scheme=scheme)


def empty_dir(name: str, size: str = "64Mi") -> k8s.core.v1.VolumeArgs:
    """A scratch volume that ends with its pod."""
    return k8s.core.v1.VolumeArgs(name=name, empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit=size))


def config_volume(name: str, config_map: pulumi.Input[str]) -> k8s.core.v1.VolumeArgs:
    """The files of a ConfigMap, readable by all and executable (scripts among them)."""
    return k8s.core.v1.VolumeArgs(
        name=name, config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=config_map, default_mode=0o555)
    )


def secret_volume(name: str, secret: pulumi.Input[str]) -> k8s.core.v1.VolumeArgs:
    """The files of a Secret, readable by the pod's user and group alone."""
    return k8s.core.v1.VolumeArgs(
        name=name, secret=k8s.core.v1.SecretVolumeSourceArgs(secret_name=secret, default_mode=0o440)
    )


def labels(component: str, part: str | None = None) -> dict[str, str]:
    """The recommended labels; `name` and `component` together select one workload."""
    return {
        "app.kubernetes.io/part-of": "groundwork",
        "app.kubernetes.io/name": component,
        "app.kubernetes.io/component": part or component,
    }


def go_memory_limit(memory: str) -> str:
    """`GOMEMLIMIT` for a Go program under this memory limit: 80 %, the rest is for what the runtime doesn't count.

    `memory` is a whole number of Ki, Mi, Gi or Ti.
    """
    kibibytes = int(memory[:-2]) * {"Ki": 1, "Mi": 1024, "Gi": 1024**2, "Ti": 1024**3}[memory[-2:]]
    return f"{kibibytes * 4 // 5}KiB"


def metadata(
    name: pulumi.Input[str],
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> k8s.meta.v1.ObjectMetaArgs:
    """An object's fixed name, its namespace and the labels by which it is found."""
    return k8s.meta.v1.ObjectMetaArgs(
        name=name,
        namespace=namespace,
        labels=dict(labels),
        annotations=dict(annotations) if annotations else None,
    )


def checksum(*values: pulumi.Input[str]) -> pulumi.Output[str]:
    """A fingerprint that changes when one of the values does: in a pod's annotation it rolls the pod.

    Fit for plain text even where the values are secret, as long as they can't be guessed (derived keys, not words).
    """
    fingerprint = pulumi.Output.all(*values).apply(
        lambda parts: hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    )
    return pulumi.Output.unsecret(fingerprint)


def service_account(
    name: str, namespace: pulumi.Input[str], labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> k8s.core.v1.ServiceAccount:
    """An identity of the workload's own, whose token no pod gets unless it asks."""
    return k8s.core.v1.ServiceAccount(
        name, metadata=metadata(name, namespace, labels), automount_service_account_token=False, opts=opts
    )


def disruption_budget(
    name: str, namespace: pulumi.Input[str], selects: Mapping[str, str], replicas: int, opts: pulumi.ResourceOptions
) -> k8s.policy.v1.PodDisruptionBudget | None:
    """At most one pod away at a time. None for a lone pod: a budget would only block its node's drain."""
    if replicas < 2:
        return None
    return k8s.policy.v1.PodDisruptionBudget(
        name,
        metadata=metadata(name, namespace, selects),
        spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1, selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(selects))
        ),
        opts=opts,
    )


def container(args: WorkloadContainerArgs) -> k8s.core.v1.ContainerArgs:
    """The container with the security context that `restricted` asks for and a read-only root."""
    env = [k8s.core.v1.EnvVarArgs(name=key, value=value) for key, value in args.env.items()]
    env += [
        k8s.core.v1.EnvVarArgs(
            name=key,
            value_from=k8s.core.v1.EnvVarSourceArgs(
                secret_key_ref=k8s.core.v1.SecretKeySelectorArgs(name=ref.secret, key=ref.key)
            ),
        )
        for key, ref in args.secret_env.items()
    ]
    mounts = [k8s.core.v1.VolumeMountArgs(mount_path=path, name=volume) for path, volume in args.mounts.items()]
    mounts += [
        k8s.core.v1.VolumeMountArgs(mount_path=path, name=volume, read_only=True)
        for path, volume in args.read_only_mounts.items()
    ]
    resources = args.resources
    return k8s.core.v1.ContainerArgs(
        name=args.name,
        image=args.image,
        image_pull_policy="IfNotPresent",
        command=list(args.command) if args.command else None,
        args=list(args.args) if args.args else None,
        ports=[k8s.core.v1.ContainerPortArgs(name=n, container_port=p) for n, p in args.ports.items()] or None,
        env=env or None,
        volume_mounts=mounts or None,
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={
                "cpu": resources.cpu,
                "memory": resources.memory,
                "ephemeral-storage": resources.ephemeral_storage,
            },
            limits={
                "cpu": resources.cpu_limit,
                "memory": resources.memory,
                "ephemeral-storage": resources.ephemeral_storage,
            },
        ),
        readiness_probe=args.readiness,
        liveness_probe=args.liveness,
        startup_probe=args.startup,
        lifecycle=k8s.core.v1.LifecycleArgs(
            pre_stop=k8s.core.v1.LifecycleHandlerArgs(exec_=k8s.core.v1.ExecActionArgs(command=list(args.pre_stop)))
        )
        if args.pre_stop
        else None,
        security_context=k8s.core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            run_as_non_root=True,
            capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
    )


def pod_template(args: WorkloadPodArgs) -> k8s.core.v1.PodTemplateSpecArgs:
    """The template for a Deployment, StatefulSet or Job."""
    return k8s.core.v1.PodTemplateSpecArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(labels=dict(args.labels), annotations=dict(args.annotations) or None),
        spec=k8s.core.v1.PodSpecArgs(
            service_account_name=args.service_account,
            automount_service_account_token=args.calls_api,
            enable_service_links=False,
            restart_policy=args.restart_policy,
            termination_grace_period_seconds=args.grace_seconds,
            security_context=k8s.core.v1.PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=args.user,
                run_as_group=args.user,
                fs_group=args.user,
                fs_group_change_policy="OnRootMismatch",
                seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            init_containers=[container(c) for c in args.init_containers] or None,
            containers=[container(c) for c in args.containers],
            volumes=list(args.volumes) or None,
            topology_spread_constraints=[
                k8s.core.v1.TopologySpreadConstraintArgs(
                    max_skew=1,
                    topology_key=key,
                    when_unsatisfiable="ScheduleAnyway",
                    label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(args.labels)),
                )
                for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
            ]
            if args.spread
            else None,
        ),
    )
