"""What the caller may do, and the roles that AWS's services make for themselves."""

from collections.abc import Iterator

from infra.doctor.account.session import Account
from infra.doctor.model import Check, Verdict

_LINKED = {
    "aws:eks/cluster:Cluster": ("AWSServiceRoleForAmazonEKS", "eks.amazonaws.com"),
    "aws:eks/nodeGroup:NodeGroup": ("AWSServiceRoleForAmazonEKSNodegroup", "eks-nodegroup.amazonaws.com"),
    "aws:rds/instance:Instance": ("AWSServiceRoleForRDS", "rds.amazonaws.com"),
    "aws:cfg/recorder:Recorder": ("AWSServiceRoleForConfig", "config.amazonaws.com"),
}
"""By type: the service's role (https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html)."""


def service_linked_roles(account: Account) -> Iterator[Check]:
    """Services make their own role at first use, if whoever uses them first may let them."""
    client = account.client("iam")
    missing = []
    for type_, (role, service) in _LINKED.items():
        if account.declared(type_):
            try:
                client.get_role(RoleName=role)
            except client.exceptions.NoSuchEntityException:
                missing.append(service)
    if missing:
        yield Check(
            "permissions",
            "service-linked roles",
            Verdict.OK,
            f"{', '.join(missing)} will make one: the deployer needs iam:CreateServiceLinkedRole",
        )
    elif any(account.declared(type_) for type_ in _LINKED):
        yield Check("permissions", "service-linked roles", Verdict.OK, "all of them are there")
