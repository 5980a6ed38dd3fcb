"""A cluster of Amazon EKS: private, logged, encrypted, with nodes of Auto Mode or in managed groups."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.aws import EncryptionKey, EncryptionKeyArgs, KeyUser
from components.cluster.access import access_entries
from components.cluster.addons import AUTO_SERVICES, NETWORK, SERVICES, addons
from components.cluster.auto import auto_nodes
from components.cluster.inputs import AutoArgs, EksClusterArgs
from components.cluster.node_groups import node_groups
from components.cluster.roles import autoscaling_encryption, cluster_role, node_role
from components.cluster.shared import kubeconfig

STORAGE_CLASS = "gp3-encrypted"
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class EksCluster(pulumi.ComponentResource):
    """The cluster with its keys, roles, logs, nodes, add-ons and the StorageClass of encrypted volumes.

    It goes in the opposite order: its Kubernetes objects, then nodes, then add-ons, then the cluster.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    oidc_issuer: pulumi.Output[str]
    storage_class: str | None = STORAGE_CLASS
    ready: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:EksCluster", name, {}, opts)
        self._args = args
        secrets, volumes = self._keys()
        cluster = self._cluster(secrets, volumes)
        self.name, self.arn, self.endpoint = cluster.name, cluster.arn, cluster.endpoint
        self.certificate_authority = cluster.certificate_authority.apply(lambda authority: authority.data or "")
        self.security_group_id = cluster.vpc_config.apply(lambda network: network.cluster_security_group_id or "")
        self.oidc_issuer = cluster.identities.apply(_issuer)
        self.kubeconfig = kubeconfig(
            name=self.name,
            endpoint=self.endpoint,
            certificate_authority=self.certificate_authority,
            region=args.region,
        )
        entries = access_entries(self.name, args.access, args.partition, self)
        provider = k8s.Provider(
            f"{name}-nodes",
            kubeconfig=self.kubeconfig,
            cluster_identifier=f"{args.identifier}-nodes",
            upsert_existing_objects=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=entries),
        )
        nodes = self._nodes(cluster, volumes, provider)
        services = AUTO_SERVICES if isinstance(args.compute, AutoArgs) else SERVICES
        running = self._addons(services, volumes, nodes)
        self._storage_class(volumes, provider, running)
        self.ready = [self]
        self.register_outputs({"name": self.name, "endpoint": self.endpoint, "arn": self.arn})

    def _keys(self) -> tuple[EncryptionKey, EncryptionKey]:
        args = self._args
        group = f"arn:{args.partition}:logs:{args.region}:{args.account}:log-group:{self._log_group_name}"
        secrets = EncryptionKey(
            "cluster",
            EncryptionKeyArgs(
                alias=f"{args.name}/cluster",
                description=f"Secrets and control-plane logs of {args.name}",
                account=args.account,
                partition=args.partition,
                users=[
                    KeyUser(
                        service=f"logs.{args.region}.amazonaws.com",
                        conditions={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
                    )
                ],
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        volumes = EncryptionKey(
            "volumes",
            EncryptionKeyArgs(
                alias=f"{args.name}/volumes",
                description=f"Volumes and nodes' disks of {args.name}",
                account=args.account,
                partition=args.partition,
                statements=()
                if isinstance(args.compute, AutoArgs)
                else autoscaling_encryption(args.account, args.partition),
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return secrets, volumes

    @property
    def _log_group_name(self) -> str:
        return f"/aws/eks/{self._args.name}/cluster"

    def _cluster(self, secrets: EncryptionKey, volumes: EncryptionKey) -> aws.eks.Cluster:
        args, auto = self._args, isinstance(self._args.compute, AutoArgs)
        role, rights = cluster_role(args, secrets.arn, volumes.arn, self)
        compute, before = self._compute()
        # EKS makes it itself otherwise, open-ended and without a key.
        logs = aws.cloudwatch.LogGroup(
            "cluster",
            name=self._log_group_name,
            retention_in_days=args.log_retention,
            kms_key_id=secrets.arn,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.protect),
        )
        return aws.eks.Cluster(
            "cluster",
            name=args.name,
            version=args.version,
            role_arn=role.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=[*args.subnets.control_plane.values()],
                endpoint_private_access=True,
                endpoint_public_access=bool(args.public_access),
                public_access_cidrs=list(args.public_access) or None,
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            # Add-ons are pinned, or Auto Mode's own.
            bootstrap_self_managed_addons=False,
            compute_config=compute,
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                elastic_load_balancing=aws.eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs(enabled=auto)
            ),
            storage_config=aws.eks.ClusterStorageConfigArgs(
                block_storage=aws.eks.ClusterStorageConfigBlockStorageArgs(enabled=auto)
            ),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=secrets.arn), resources=["secrets"]
            ),
            enabled_cluster_log_types=list(_LOGS),
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type=args.support) if args.support else None,
            zonal_shift_config=aws.eks.ClusterZonalShiftConfigArgs(enabled=args.zonal_shift)
            if args.zonal_shift is not None
            else None,
            deletion_protection=args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, depends_on=[*rights, *before, logs]),
        )

    def _compute(self) -> tuple[aws.eks.ClusterComputeConfigArgs, Sequence[pulumi.Resource]]:
        """Auto Mode's own part, and what must be there before."""
        compute = self._args.compute
        if not isinstance(compute, AutoArgs):
            return aws.eks.ClusterComputeConfigArgs(enabled=False), ()
        if not compute.built_in:
            return aws.eks.ClusterComputeConfigArgs(enabled=True), ()
        # EKS makes an access entry for this role, and another for the same one would be refused.
        role, policies = node_role("built-in-nodes", self._args, self)
        return aws.eks.ClusterComputeConfigArgs(
            enabled=True, node_pools=list(compute.built_in), node_role_arn=role.arn
        ), policies

    def _nodes(self, cluster: aws.eks.Cluster, volumes: EncryptionKey, provider: k8s.Provider) -> list[pulumi.Resource]:
        args = self._args
        if isinstance(args.compute, AutoArgs):
            return auto_nodes(
                args,
                args.compute,
                cluster=self.name,
                security_group=self.security_group_id,
                volumes_key=volumes.arn,
                parent=self,
                provider=provider,
            )
        return node_groups(
            args,
            args.compute,
            cluster=cluster,
            volumes_key=volumes.arn,
            after=self._addons(NETWORK, volumes, []),
            parent=self,
        )

    def _addons(
        self, names: Sequence[str], volumes: EncryptionKey, after: Sequence[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        return addons(names, self._args, cluster=self.name, volumes_key=volumes.arn, after=after, parent=self)

    def _storage_class(self, volumes: EncryptionKey, provider: k8s.Provider, after: Sequence[pulumi.Resource]) -> None:
        args, auto = self._args, isinstance(self._args.compute, AutoArgs)
        tags = {f"tagSpecification_{n}": f"{key}={value}" for n, (key, value) in enumerate(args.tags.items(), start=1)}
        k8s.storage.v1.StorageClass(
            STORAGE_CLASS,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=STORAGE_CLASS, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
            ),
            provisioner="ebs.csi.eks.amazonaws.com" if auto else "ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": volumes.arn, **tags},
            # A volume is of one zone: it is made where its pod is.
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            reclaim_policy="Retain" if args.protect else "Delete",
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=provider,
                depends_on=[*after],
                # The server changes nothing of it. Volumes that are there keep what they were made with.
                replace_on_changes=["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
                delete_before_replace=True,
            ),
        )


def _issuer(identities: Sequence[aws.eks.outputs.ClusterIdentity]) -> str:
    return next((issuer.issuer or "" for identity in identities or () for issuer in identity.oidcs or ()), "")
