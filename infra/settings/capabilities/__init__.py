"""One file per capability; in it one model per backend, told apart by `kind`."""

from infra.settings.capabilities.account import Account, AwsAccount
from infra.settings.capabilities.audit import Audit, AuditLock, CloudtrailAudit
from infra.settings.capabilities.backups import AwsBackups, Backup, BackupCopy, VaultLock
from infra.settings.capabilities.budget import AwsBudget, Budget
from infra.settings.capabilities.cluster import (
    AutoCluster,
    Cluster,
    ExistingCluster,
    KindCluster,
    LocalCluster,
    SimulatedCluster,
)
from infra.settings.capabilities.database import Backups, Database, PostgresqlDatabase, RdsDatabase
from infra.settings.capabilities.delivery import (
    CircleciPipelines,
    Delivery,
    GithubPipelines,
    GitlabPipelines,
    OidcDelivery,
)
from infra.settings.capabilities.dns import Dns, ExistingZoneDns, LoadBalancer, Route53Dns
from infra.settings.capabilities.eks import (
    AutoCompute,
    AutoPool,
    EksCluster,
    ExistingEksCluster,
    NodeGroup,
    NodeGroupsCompute,
)
from infra.settings.capabilities.metrics import Metrics
from infra.settings.capabilities.network import ExistingVpc, Network, Subnets, Vpc
from infra.settings.capabilities.object_storage import (
    Bucket,
    ExternalObjectStorage,
    Lifecycle,
    ObjectStorage,
    PlatformVersioning,
    S3Client,
    S3ObjectStorage,
    S3Replication,
    VersityObjectStorage,
)
from infra.settings.capabilities.registry import (
    DistributionRegistry,
    EcrRegistry,
    HtpasswdAuth,
    PullThroughCache,
    Registry,
    RegistryAuth,
    TokenAuth,
)
from infra.settings.capabilities.root_secret import ConfigRootSecret, MachineRootSecret, RootSecretSource
from infra.settings.capabilities.terraform import Terraform, TerraformSource
from infra.settings.capabilities.tracking import Auth, BasicAuth, MlflowTracking, OidcAuth, Tracking

__all__ = [
    "Account",
    "Audit",
    "AuditLock",
    "Auth",
    "AutoCluster",
    "AutoCompute",
    "AutoPool",
    "AwsAccount",
    "AwsBackups",
    "AwsBudget",
    "Backup",
    "BackupCopy",
    "Backups",
    "BasicAuth",
    "Bucket",
    "Budget",
    "CircleciPipelines",
    "CloudtrailAudit",
    "Cluster",
    "ConfigRootSecret",
    "Database",
    "Delivery",
    "DistributionRegistry",
    "Dns",
    "EcrRegistry",
    "EksCluster",
    "ExistingCluster",
    "ExistingEksCluster",
    "ExistingVpc",
    "ExistingZoneDns",
    "ExternalObjectStorage",
    "GithubPipelines",
    "GitlabPipelines",
    "HtpasswdAuth",
    "KindCluster",
    "Lifecycle",
    "LoadBalancer",
    "LocalCluster",
    "MachineRootSecret",
    "Metrics",
    "MlflowTracking",
    "Network",
    "NodeGroup",
    "NodeGroupsCompute",
    "ObjectStorage",
    "OidcAuth",
    "OidcDelivery",
    "PlatformVersioning",
    "PostgresqlDatabase",
    "PullThroughCache",
    "RdsDatabase",
    "Registry",
    "RegistryAuth",
    "RootSecretSource",
    "Route53Dns",
    "S3Client",
    "S3ObjectStorage",
    "S3Replication",
    "SimulatedCluster",
    "Subnets",
    "Terraform",
    "TerraformSource",
    "TokenAuth",
    "Tracking",
    "VaultLock",
    "VersityObjectStorage",
    "Vpc",
]
