"""What the deploying role may do, and the roles that AWS's services make for themselves."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.doctor.account.session import Account
from infra.doctor.model import Check, Verdict
from infra.iam import access
from infra.settings.capabilities import EksCluster

_ROLE = re.compile(r"arn:(?P<partition>[^:]+):sts::\d+:assumed-role/(?P<name>[^/]+)/")
_AT_ONCE = 100
"""Actions in one question."""
_SHOWN = 8
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


def deployment(account: Account) -> Iterator[Check]:
    """Whether the deploying role may do what `groundwork iam` says it must. IAM answers; nothing is tried.

    What is allowed on everything is asked at once. The rest is asked with the very resources and tags. Policies of
    the organization count where AWS includes them in a simulation.
    """
    caller = _principal(account)
    deployer = _deployer(account)
    if deployer and caller and caller != deployer:
        message = f"you are {caller}, and only {deployer} has rights in the cluster at first"
        yield Check("permissions", "deployer", Verdict.WARNING, message, "assume that role for `groundwork up`")
    principal = deployer or caller
    if principal is None:
        yield Check("permissions", "deployer", Verdict.UNKNOWN, "the account's root user: nothing limits it")
        return
    needed = access(account.graph, account.environment).deploy
    actions = {action for statement in _statements(needed) for action in _listed(statement["Action"])}
    missing = set(_denied(account, principal, sorted(actions), ["*"], {}))
    denied = [
        f"{action} on {resources[0]}"
        for statement in _statements(needed)
        if (asked := sorted(missing & set(_listed(statement["Action"]))))
        and (resources := _listed(statement["Resource"]))
        for action in _denied(account, principal, asked, resources, statement.get("Condition", {}))
    ]
    if denied:
        more = f" and {len(denied) - _SHOWN} more" if len(denied) > _SHOWN else ""
        message = f"{principal} may not {', '.join(denied[:_SHOWN])}{more}"
        remedy = f"groundwork iam {account.environment} prints the policies that it needs"
        yield Check("permissions", "deployer", Verdict.PROBLEM, message, remedy)
    else:
        yield Check("permissions", "deployer", Verdict.OK, f"{principal} may do all of {len(actions)} actions")


def _deployer(account: Account) -> str | None:
    cluster = account.chosen.cluster if account.chosen else None
    return cluster.deployer if isinstance(cluster, EksCluster) else None


def _principal(account: Account) -> str | None:
    """The role or user behind the credentials, as IAM names it; nothing for the account's root user."""
    arn: str = account.client("sts").get_caller_identity()["Arn"]
    session = _ROLE.match(arn)
    if session:
        role: str = account.client("iam").get_role(RoleName=session["name"])["Role"]["Arn"]
        return role
    return arn if ":user/" in arn else None


def _statements(documents: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for document in documents:
        yield from document["Statement"]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _denied(
    account: Account, principal: str, actions: list[str], resources: list[str], conditions: Mapping[str, Any]
) -> Iterator[str]:
    """The actions that are not allowed on one of the resources, in requests that meet the conditions."""
    context = [
        {
            "ContextKeyName": key,
            "ContextKeyValues": _listed(values),
            "ContextKeyType": "boolean" if operator == "Bool" else "string",
        }
        for operator, tests in conditions.items()
        for key, values in tests.items()
    ]
    for start in range(0, len(actions), _AT_ONCE):
        results = account.pages(
            "iam",
            "simulate_principal_policy",
            "EvaluationResults",
            PolicySourceArn=principal,
            ActionNames=actions[start : start + _AT_ONCE],
            ResourceArns=resources,
            ContextEntries=context,
        )
        yield from dict.fromkeys(r["EvalActionName"] for r in results if r["EvalDecision"] != "allowed")
