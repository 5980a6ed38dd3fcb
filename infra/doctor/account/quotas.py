"""Quotas that the stack needs room in.

Service and quota codes are those that `aws service-quotas list-service-quotas` shows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.doctor.account.session import Account
from infra.doctor.model import Check, Verdict


@dataclass(frozen=True)
class Quota:
    """A number of resources that an account may have in one place, such as a zone."""

    subject: str
    service: str
    code: str
    declared: Callable[[Account], Mapping[str, int]]
    """What the stack has, by place."""
    used: Callable[[Account], Mapping[str, int]]
    """What others than this environment have already, by place."""

    def ask(self, account: Account) -> Iterator[Check]:
        """Whether what is declared still fits in."""
        declared = self.declared(account)
        if not declared:
            return
        limit, used = quota(account, self.service, self.code), self.used(account)
        for place, count in declared.items():
            yield room(self.subject, place, count, used.get(place, 0), limit, f"{self.service}/{self.code}")


def quota(account: Account, service: str, code: str) -> float:
    """The applied value, or the default where none was ever applied."""
    client = account.client("service-quotas")
    try:
        return float(client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])
    except client.exceptions.NoSuchResourceException:
        defaults = account.pages("service-quotas", "list_aws_default_service_quotas", "Quotas", ServiceCode=service)
    values = [float(item["Value"]) for item in defaults if item["QuotaCode"] == code]
    if not values:
        raise UnknownQuota(f"{service} has no quota {code}")
    return values[0]


class UnknownQuota(Exception):
    """AWS has no such quota any more."""


def room(subject: str, place: str, wanted: float, used: float, limit: float, code: str) -> Check:
    """Whether so many more fit in."""
    where = f" in {place}" if place else ""
    numbers = f"{wanted:g} wanted{where}, {used:g} of {limit:g} in use"
    if wanted + used <= limit:
        return Check("quotas", subject, Verdict.OK, numbers)
    service, _, quota_code = code.partition("/")
    remedy = (
        f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {quota_code} "
        f"--desired-value {wanted + used:g}"
    )
    return Check("quotas", subject, Verdict.PROBLEM, numbers, remedy)


def _count(type_: str) -> Callable[[Account], Mapping[str, int]]:
    def count(account: Account) -> Mapping[str, int]:
        number = len(account.declared(type_))
        return {"": number} if number else {}

    return count


def _others(service: str, operation: str, key: str, tags: str = "Tags") -> Callable[[Account], Mapping[str, int]]:
    def used(account: Account) -> Mapping[str, int]:
        items = account.pages(service, operation, key)
        return {"": sum(1 for item in items if not account.is_ours(item.get(tags) or ()))}

    return used


def _addresses(account: Account) -> Mapping[str, int]:
    """Elastic addresses come in one page."""
    items = account.client("ec2").describe_addresses()["Addresses"]
    return {"": sum(1 for item in items if not account.is_ours(item.get("Tags") or ()))}


def _clusters(account: Account) -> Mapping[str, int]:
    """A cluster of the stack's own name is the stack's own, or a name that is taken, which is told elsewhere."""
    mine = {resource.inputs.get("name") for resource in account.declared("aws:eks/cluster:Cluster")}
    return {"": sum(1 for name in account.pages("eks", "list_clusters", "clusters") if name not in mine)}


def _gateways(account: Account) -> Mapping[str, int]:
    """NAT gateways of the stack by zone."""
    zones = {r.outputs["id"]: r.inputs["availabilityZone"] for r in account.declared("aws:ec2/subnet:Subnet")}
    gateways = account.declared("aws:ec2/natGateway:NatGateway")
    return Counter(zones.get(resource.inputs.get("subnetId"), "") for resource in gateways)


def _other_gateways(account: Account) -> Mapping[str, int]:
    zones = {item["SubnetId"]: item["AvailabilityZone"] for item in account.pages("ec2", "describe_subnets", "Subnets")}
    return Counter(zones.get(item["SubnetId"], "") for item in _living(account))


def _living(account: Account) -> Iterable[Any]:
    for item in account.pages("ec2", "describe_nat_gateways", "NatGateways"):
        if item["State"] in ("pending", "available") and not account.is_ours(item.get("Tags") or ()):
            yield item


QUOTAS = (
    Quota("VPCs", "vpc", "L-F678F1CE", _count("aws:ec2/vpc:Vpc"), _others("ec2", "describe_vpcs", "Vpcs")),
    Quota(
        "internet gateways",
        "vpc",
        "L-A4707A72",
        _count("aws:ec2/internetGateway:InternetGateway"),
        _others("ec2", "describe_internet_gateways", "InternetGateways"),
    ),
    Quota("elastic addresses", "ec2", "L-0263D0A3", _count("aws:ec2/eip:Eip"), _addresses),
    Quota("NAT gateways", "vpc", "L-FE5A380F", _gateways, _other_gateways),
    Quota("EKS clusters", "eks", "L-1194D53C", _count("aws:eks/cluster:Cluster"), _clusters),
    Quota(
        "databases",
        "rds",
        "L-7B6409FD",
        _count("aws:rds/instance:Instance"),
        _others("rds", "describe_db_instances", "DBInstances", "TagList"),
    ),
)
