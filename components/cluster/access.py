"""Who may enter a cluster: access entries, and nothing in the cluster itself."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.cluster.inputs import AccessArgs

_POLICIES = {
    "admin": "AmazonEKSClusterAdminPolicy",
    "operator": "AmazonEKSEditPolicy",
    "viewer": "AmazonEKSViewPolicy",
}


def access_entries(
    cluster: pulumi.Input[str], access: Sequence[AccessArgs], partition: str, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """An entry for each role, and its rights. Named after the roles."""
    return [
        access_entry(
            one.principal.partition(":role/")[2].replace("/", "."),
            cluster=cluster,
            principal=one.principal,
            policy=_POLICIES[one.rights],
            partition=partition,
            parent=parent,
        )
        for one in access
    ]


def access_entry(
    name: str,
    *,
    cluster: pulumi.Input[str],
    principal: pulumi.Input[str],
    policy: str,
    partition: str,
    parent: pulumi.Resource,
    type_: str = "STANDARD",
) -> pulumi.Resource:
    """One entry with one of EKS's access policies, for the whole cluster. `type_` is `EC2` for nodes of Auto Mode."""
    child = pulumi.ResourceOptions(parent=parent)
    entry = aws.eks.AccessEntry(name, cluster_name=cluster, principal_arn=principal, type=type_, opts=child)
    return aws.eks.AccessPolicyAssociation(
        name,
        cluster_name=cluster,
        principal_arn=entry.principal_arn,
        policy_arn=f"arn:{partition}:eks::aws:cluster-access-policy/{policy}",
        access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
        opts=child,
    )
