"""A cluster of Amazon EKS that somebody else runs: nothing is provisioned."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.cluster.shared import kubeconfig


@dataclass(frozen=True, kw_only=True)
class ExistingEksClusterArgs:
    """What its owner says of it."""

    name: str
    account: str
    region: str
    partition: str = "aws"
    endpoint: str
    certificate_authority: str
    security_group_id: str


class ExistingEksCluster(pulumi.ComponentResource):
    """A cluster whose nodes, add-ons and access entries are its owner's to make."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    storage_class: str | None = None
    ready: Sequence[pulumi.Resource] = ()

    def __init__(self, name: str, args: ExistingEksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:ExistingEksCluster", name, {}, opts)
        self.name = pulumi.Output.from_input(args.name)
        self.arn = pulumi.Output.from_input(
            f"arn:{args.partition}:eks:{args.region}:{args.account}:cluster/{args.name}"
        )
        self.endpoint = pulumi.Output.from_input(args.endpoint)
        self.certificate_authority = pulumi.Output.from_input(args.certificate_authority)
        self.security_group_id = pulumi.Output.from_input(args.security_group_id)
        self.kubeconfig = kubeconfig(
            name=args.name,
            endpoint=args.endpoint,
            certificate_authority=args.certificate_authority,
            region=args.region,
        )
        self.register_outputs({"name": self.name, "endpoint": self.endpoint})
