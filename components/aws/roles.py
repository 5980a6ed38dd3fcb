"""What a workload may do in AWS: one role for one service account, by EKS Pod Identity."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.policies import Statement, policy_document
from components.network import Peer

POD_IDENTITY_AGENT = Peer(cidr="169.254.170.23/32", ports=(80,))
"""Where pods fetch their credentials (EKS user guide, "Pod Identity agent"). Their NetworkPolicies must let them."""


@dataclass(frozen=True, kw_only=True)
class PodRoleArgs:
    """Which pods, and what they may do."""

    cluster: pulumi.Input[str]
    """Name of the EKS cluster."""
    namespace: pulumi.Input[str]
    service_account: str
    statements: Sequence[Statement] = ()
    managed_policies: Sequence[str] = ()
    """ARNs of policies of AWS's own."""
    permission_boundary: str | None = None
    """ARN of the policy that bounds the role."""


class PodRole(pulumi.ComponentResource):
    """A role that the pods of one service account have, and nobody else."""

    arn: pulumi.Output[str]
    ready: pulumi.Output[str]
    """The association's id. Pods that start before it is known get no credentials: build their inputs on it."""

    def __init__(self, name: str, args: PodRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:PodRole", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            description=pulumi.Output.format("Pods of {0}/{1}", args.namespace, args.service_account),
            assume_role_policy=policy_document(
                Statement(
                    sid="PodIdentity",
                    actions=["sts:AssumeRole", "sts:TagSession"],
                    principals={"Service": "pods.eks.amazonaws.com"},
                    # EKS tags every session with these; the role is of use to this service account alone.
                    conditions={
                        "StringEquals": {
                            "aws:RequestTag/eks-cluster-name": args.cluster,
                            "aws:RequestTag/kubernetes-namespace": args.namespace,
                            "aws:RequestTag/kubernetes-service-account": args.service_account,
                        }
                    },
                )
            ),
            permissions_boundary=args.permission_boundary,
            opts=child,
        )
        policies: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(f"{name}-{arn.rpartition('/')[2]}", role=role.name, policy_arn=arn, opts=child)
            for arn in args.managed_policies
        ]
        if args.statements:
            document = policy_document(*args.statements)
            policies.append(aws.iam.RolePolicy(name, role=role.name, policy=document, opts=child))
        association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=args.cluster,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        self.arn = role.arn
        self.ready = association.association_id
        self.register_outputs({"arn": self.arn})
