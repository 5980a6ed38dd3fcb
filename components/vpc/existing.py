"""A VPC that exists. Its routes, endpoints and flow logs are its owner's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class ExistingVpcArgs:
    """Its id and those of its subnets by zone."""

    vpc_id: str
    cidr: str
    public_subnet_ids: Mapping[str, str]
    private_subnet_ids: Mapping[str, str]
    intra_subnet_ids: Mapping[str, str]


class ExistingVpc(pulumi.ComponentResource):
    """A network that was there before. It stays as it is."""

    vpc_id: pulumi.Output[str]
    cidr: str
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    intra_subnet_ids: Mapping[str, pulumi.Output[str]]
    public_cidrs: Sequence[str]
    intra_cidrs: Sequence[str]

    def __init__(self, name: str, args: ExistingVpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:ExistingVpc", name, {}, opts)
        self.vpc_id = pulumi.Output.from_input(args.vpc_id)
        self.cidr = args.cidr
        self.public_cidrs = self.intra_cidrs = (args.cidr,)
        self.public_subnet_ids = _outputs(args.public_subnet_ids)
        self.private_subnet_ids = _outputs(args.private_subnet_ids)
        self.intra_subnet_ids = _outputs(args.intra_subnet_ids)
        self.register_outputs({"vpc_id": self.vpc_id})


def _outputs(ids: Mapping[str, str]) -> dict[str, pulumi.Output[str]]:
    return {zone: pulumi.Output.from_input(id_) for zone, id_ in ids.items()}
