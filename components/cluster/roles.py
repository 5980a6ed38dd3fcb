"""Roles of the control plane and of the nodes: the least that EKS documents, and the keys they encrypt with."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.aws import Statement, policy_document, trust_document
from components.cluster.inputs import AutoArgs, EksClusterArgs

# Volumes are encrypted by EC2 on the caller's behalf, and through EC2 only.
_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
_GRANT = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
_OWN_CLUSTER = {"StringEquals": {"aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}"}}
_TAGGED = "AWS gives what it makes here no name beforehand; only requests that carry this cluster's tag are allowed"

_AUTO_POLICIES = (
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
_NODE_POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodeMinimalPolicy")


def volume_encryption(key: pulumi.Input[str], ec2_host: str) -> tuple[Statement, ...]:
    """What a role needs to make, attach and read disks that are encrypted with the key."""
    through_ec2 = {"StringEquals": {"kms:ViaService": ec2_host}}
    return (
        Statement(
            sid="Volumes",
            actions=_USE,
            resources=[key],
            conditions=through_ec2,
            reason="the variants of two actions: To and From, Pair and WithoutPlaintext",
        ),
        Statement(
            sid="VolumeGrants",
            actions=_GRANT,
            resources=[key],
            conditions={**through_ec2, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def autoscaling_encryption(account: str, partition: str) -> tuple[Statement, ...]:
    """Statements of a key's policy: managed node groups start nodes by EC2 Auto Scaling's own role.

    That role has no policy that anybody could change, and may not be there before the first group is: so it is
    named by a condition (EC2 Auto Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes").
    """
    name = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    role = {"StringEquals": {"aws:PrincipalArn": f"arn:{partition}:iam::{account}:role/{name}"}}
    why = "in a key's policy `*` is this key alone; the principal is named by the condition"
    return (
        Statement(
            sid="NodeDisks",
            actions=_USE,
            resources=["*"],
            principals={"*": "*"},
            conditions=role,
            reason=f"{why}; the variants of two actions",
        ),
        Statement(
            sid="NodeDiskGrants",
            actions=["kms:CreateGrant"],
            resources=["*"],
            principals={"*": "*"},
            conditions={**role, "Bool": {"kms:GrantIsForAWSResource": "true"}},
            reason=why,
        ),
    )


def cluster_role(
    args: EksClusterArgs, secrets_key: pulumi.Input[str], volumes_key: pulumi.Input[str], parent: pulumi.Resource
) -> tuple[aws.iam.Role, Sequence[pulumi.Resource]]:
    """The control plane's role, and what it may do: the cluster must come after and go before."""
    auto = isinstance(args.compute, AutoArgs)
    role = aws.iam.Role(
        "cluster",
        description=f"Control plane of {args.name}",
        assume_role_policy=policy_document(
            Statement(
                sid="ControlPlane",
                # Auto Mode's own policies go by the tags of the session.
                actions=["sts:AssumeRole", "sts:TagSession"],
                principals={"Service": "eks.amazonaws.com"},
                conditions={"StringEquals": {"aws:SourceAccount": args.account}},
            )
        ),
        permissions_boundary=args.permission_boundary,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    statements = [
        Statement(
            sid="Secrets",
            actions=["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:ListGrants"],
            resources=[secrets_key],
        )
    ]
    if auto:
        statements += [*volume_encryption(volumes_key, args.ec2_host), *_own_tags(args.partition)]
    own = aws.iam.RolePolicy(
        "cluster",
        role=role.name,
        policy=policy_document(*statements),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    managed = attached(role, ["AmazonEKSClusterPolicy", *(_AUTO_POLICIES if auto else ())], args.partition, parent)
    return role, [own, *managed]


def node_role(name: str, args: EksClusterArgs, parent: pulumi.Resource) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """A role of nodes. Pods have their own, by Pod Identity."""
    role = aws.iam.Role(
        name,
        description=f"Nodes of {args.name}",
        assume_role_policy=trust_document("ec2.amazonaws.com"),
        permissions_boundary=args.permission_boundary,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return role, attached(role, _NODE_POLICIES, args.partition, parent, prefix=f"{name}-")


def attached(
    role: aws.iam.Role,
    policies: Sequence[str],
    partition: str,
    parent: pulumi.Resource,
    *,
    prefix: str = "",
) -> list[pulumi.Resource]:
    """Policies of AWS's own on a role."""
    return [
        aws.iam.RolePolicyAttachment(
            f"{prefix}{policy}",
            role=role.name,
            policy_arn=f"arn:{partition}:iam::aws:policy/{policy}",
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for policy in policies
    ]


def _own_tags(partition: str) -> tuple[Statement, ...]:
    """What Auto Mode needs to put the environment's tags on what it makes.

    From the EKS user guide, "Custom AWS tags for EKS Auto resources".
    """
    made = (f"arn:{partition}:ec2:*:*:volume/*", f"arn:{partition}:ec2:*:*:snapshot/*")
    return (
        Statement(
            sid="TagNodes",
            actions=["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
            resources=["*"],
            conditions={
                **_OWN_CLUSTER,
                "StringLike": {
                    "aws:RequestTag/eks:kubernetes-node-class-name": "*",
                    "aws:RequestTag/eks:kubernetes-node-pool-name": "*",
                },
            },
            reason=_TAGGED,
        ),
        Statement(
            sid="TagVolumes",
            actions=["ec2:CreateVolume", "ec2:CreateSnapshot"],
            resources=made,
            conditions=_OWN_CLUSTER,
            reason=_TAGGED,
        ),
        Statement(
            sid="TagInterfaces",
            actions=["ec2:CreateNetworkInterface"],
            resources=["*"],
            conditions={**_OWN_CLUSTER, "StringLike": {"aws:RequestTag/eks:kubernetes-cni-node-name": "*"}},
            reason=_TAGGED,
        ),
        Statement(
            sid="TagLoadBalancers",
            actions=[
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing:CreateTargetGroup",
                "elasticloadbalancing:CreateListener",
                "elasticloadbalancing:CreateRule",
                "ec2:CreateSecurityGroup",
            ],
            resources=["*"],
            conditions=_OWN_CLUSTER,
            reason=_TAGGED,
        ),
    )
