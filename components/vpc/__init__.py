"""The network on AWS: one of its own, or one that exists."""

from components.vpc.existing import ExistingVpc, ExistingVpcArgs
from components.vpc.outputs import Network
from components.vpc.vpc import SubnetsArgs, Vpc, VpcArgs

__all__ = ["ExistingVpc", "ExistingVpcArgs", "Network", "SubnetsArgs", "Vpc", "VpcArgs"]
