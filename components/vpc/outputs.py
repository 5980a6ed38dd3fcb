"""What every network exposes, whoever made it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pulumi


class Network(Protocol):
    """A VPC and its subnets, each by the name of its zone (`eu-central-1a`)."""

    vpc_id: pulumi.Output[str]
    cidr: str
    """Its addresses."""
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    """Reached from the internet: load balancers and NAT gateways."""
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    """Nodes and pods; out to the internet by NAT, if at all. Known once their routes are there."""
    public_cidrs: Sequence[str]
    """Addresses of the public subnets; of the whole network where they aren't known."""
    intra_cidrs: Sequence[str]
    """The same of the intra subnets."""
    intra_subnet_ids: Mapping[str, pulumi.Output[str]]
    """No way to the internet: control plane, databases, endpoints of AWS services, internal load balancers."""
