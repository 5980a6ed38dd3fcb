"""Clusters on AWS: one that is made here, or one that is there."""

from components.cluster.eks import EksCluster
from components.cluster.existing import ExistingEksCluster, ExistingEksClusterArgs
from components.cluster.inputs import (
    AccessArgs,
    AutoArgs,
    AutoPoolArgs,
    EksClusterArgs,
    NodeGroupArgs,
    NodeGroupsArgs,
    SubnetsArgs,
)
from components.cluster.shared import AwsCluster

__all__ = [
    "AccessArgs",
    "AutoArgs",
    "AutoPoolArgs",
    "AwsCluster",
    "EksCluster",
    "EksClusterArgs",
    "ExistingEksCluster",
    "ExistingEksClusterArgs",
    "NodeGroupArgs",
    "NodeGroupsArgs",
    "SubnetsArgs",
]
