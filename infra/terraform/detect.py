"""What of a state a stack file usually takes: well-known outputs, else the one resource of its kind.

The outputs are those of the terraform-aws-modules for VPC and EKS (their own READMEs), the attributes those of the
resources of Terraform's AWS provider.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.terraform.state import Instance, State


@dataclass(frozen=True)
class Sought:
    """Where the value of one key is usually found. Outputs come first: they are what a configuration promises."""

    outputs: tuple[str, ...] = ()
    type: str = ""
    attribute: str = "id"
    named: str = ""
    """A pattern that the resource's name or module must hold; then it may be several, and all of them count."""


@dataclass(frozen=True)
class Detected:
    """Addresses for keys of one kind of one capability."""

    section: str
    kind: str
    addresses: Mapping[str, tuple[str, ...]]
    """By key: one address, or those of all the resources that make up a list."""


TABLE: dict[tuple[str, str], dict[str, Sought]] = {
    ("account", "aws"): {
        "id": Sought(("account_id", "aws_account_id"), "aws_caller_identity", "account_id"),
        "region": Sought(("region", "aws_region"), "aws_region", "name"),
    },
    ("network", "existing_vpc"): {
        "vpc_id": Sought(("vpc_id",), "aws_vpc"),
        "cidr": Sought(("vpc_cidr_block", "vpc_cidr"), "aws_vpc", "cidr_block"),
        "public_subnet_ids": Sought(("public_subnets", "public_subnet_ids"), "aws_subnet", named="public"),
        "private_subnet_ids": Sought(("private_subnets", "private_subnet_ids"), "aws_subnet", named="private"),
        "intra_subnet_ids": Sought(("intra_subnets", "intra_subnet_ids"), "aws_subnet", named="intra"),
    },
    ("cluster", "existing_eks"): {
        "name": Sought(("cluster_name",), "aws_eks_cluster", "name"),
        "endpoint": Sought(("cluster_endpoint",), "aws_eks_cluster", "endpoint"),
        "certificate_authority": Sought(
            ("cluster_certificate_authority_data",), "aws_eks_cluster", "certificate_authority[0].data"
        ),
        # Of the module's two groups, the one that EKS makes for nodes and control plane.
        "security_group_id": Sought(
            ("cluster_primary_security_group_id",), "aws_eks_cluster", "vpc_config[0].cluster_security_group_id"
        ),
    },
    ("dns", "existing_zone"): {
        "domain": Sought(("domain", "domain_name", "zone_name"), "aws_route53_zone", "name"),
        "zone_id": Sought(("zone_id", "hosted_zone_id", "route53_zone_id"), "aws_route53_zone", "zone_id"),
        "certificate_arn": Sought(("certificate_arn", "acm_certificate_arn"), "aws_acm_certificate", "arn"),
    },
}


UNASKED = ("account", "network")
"""What a file gets although it has no such capability yet: it only says where the environment is."""


def detect(state: State) -> Iterator[Detected]:
    """All that is known by name or by type, capability by capability."""
    for (section, kind), keys in TABLE.items():
        found = {key: addresses for key, sought in keys.items() if (addresses := tuple(_addresses(state, sought)))}
        if found:
            yield Detected(section, kind, found)


def ambiguous(state: State) -> Iterator[str]:
    """Why something that is there was not taken: a sentence for each."""
    for (section, _), keys in TABLE.items():
        for key, sought in keys.items():
            there = _instances(state, sought)
            if len(there) > 1 and not sought.named and not any(name in state.outputs for name in sought.outputs):
                example = f"--map {section}.{key}={there[0].address}.{sought.attribute}"
                yield f"{section}.{key}: {len(there)} {sought.type} in the state; name one, like {example}"
            for name in sought.outputs:
                if name in state.outputs and state.outputs[name].sensitive:
                    yield f"{section}.{key}: output.{name} is sensitive"


def _addresses(state: State, sought: Sought) -> Iterator[str]:
    for name in sought.outputs:
        output = state.outputs.get(name)
        if output and not output.sensitive and output.value not in (None, "", []):
            yield f"output.{name}"
            return
    there = _instances(state, sought)
    if len(there) == 1 or sought.named:
        yield from (f"{instance.address}.{sought.attribute}" for instance in there)


def _instances(state: State, sought: Sought) -> list[Instance]:
    return [
        instance
        for instance in state.instances
        if instance.type == sought.type
        and (not sought.named or re.search(sought.named, f"{instance.module}.{instance.name}"))
    ]
