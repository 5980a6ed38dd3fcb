"""What every capability in the cluster builds on: the provider, the namespaces, the mark of the installation."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from components import workload
from components.network import Peer, PlatformNamespace, PlatformNamespaceArgs
from infra.build.account import Account
from infra.build.images import resolved
from infra.settings import EnvironmentSettings, RootSecret
from infra.settings.base import Resources
from infra.settings.capabilities import ExistingCluster
from infra.settings.names import CAPABILITIES

if TYPE_CHECKING:
    from components.cluster import AwsCluster


@dataclass(frozen=True)
class Platform:
    """What every capability builds on."""

    settings: EnvironmentSettings
    secrets: RootSecret
    account: Account | None
    """On AWS."""
    cluster: "AwsCluster | None"
    """Its cluster there."""
    opts: pulumi.ResourceOptions
    namespaces: Mapping[str, pulumi.Output[str]]
    """By capability."""

    @property
    def aws(self) -> Account:
        """The account, for kinds that need one by their settings' rules."""
        assert self.account is not None  # noqa: S101
        return self.account

    @property
    def aws_cluster(self) -> "AwsCluster":
        """The cluster on EKS, for kinds that need one by their settings' rules."""
        assert self.cluster is not None  # noqa: S101
        return self.cluster

    @property
    def in_both(self) -> pulumi.ResourceOptions:
        """For what is partly AWS's and partly the cluster's."""
        return pulumi.ResourceOptions(
            providers=[opts.provider for opts in (self.aws.opts, self.opts) if opts.provider is not None]
        )

    def image(self, name: str) -> str:
        """What pods name, by the image's name in the catalog."""
        return resolved(name, self.settings.registry, self.account)

    @property
    def storage_class(self) -> str | None:
        """StorageClass of every volume; none: the cluster's default."""
        return self.settings.storage_class or (self.cluster.storage_class if self.cluster else None)

    @property
    def scrapers(self) -> tuple[Peer, ...]:
        """Who may read metrics."""
        namespace = self.settings.metrics.scraped_from
        return (Peer(namespace=namespace),) if namespace else ()


def platform(
    environment: str,
    settings: EnvironmentSettings,
    secrets: RootSecret,
    account: Account | None,
    cluster: "AwsCluster | None",
) -> Platform:
    """The cluster's provider, the namespaces, and the mark by which an installation is recognised."""
    context = settings.cluster.context if isinstance(settings.cluster, ExistingCluster) else None
    provider = k8s.Provider(
        "cluster",
        context=context,
        kubeconfig=cluster.kubeconfig if cluster else None,
        # A kubeconfig may change (its address, its user) while the cluster stays the same.
        cluster_identifier=environment,
        # A run that was cut off between the cluster's commit and its own record goes on.
        upsert_existing_objects=True,
        # What was changed by hand becomes again what the settings say.
        enable_patch_force=True,
        # Names are fixed, so a changed file is an update. Pods roll by the checksum in their annotations.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        # Its objects come after its nodes, and go before them.
        opts=pulumi.ResourceOptions(depends_on=[*cluster.ready] if cluster else []),
    )
    opts = pulumi.ResourceOptions(provider=provider)
    namespaces = {
        capability: PlatformNamespace(
            capability, PlatformNamespaceArgs(name=f"{settings.namespace_prefix}-{capability}"), opts
        ).namespace
        for capability in ("system", *CAPABILITIES)
    }
    k8s.core.v1.ConfigMap(
        "groundwork-environment",
        metadata=workload.metadata("groundwork-environment", namespaces["system"], workload.labels("environment")),
        data={"environment": environment, "profile": settings.profile, "version": version("groundwork")},
        opts=opts,
    )
    return Platform(settings, secrets, account, cluster, opts, namespaces)


def resources(of: Resources) -> workload.ResourcesArgs:
    """Requests and limits as components take them."""
    return workload.ResourcesArgs(cpu=of.cpu, memory=of.memory, cpu_limit=of.cpu_limit)
