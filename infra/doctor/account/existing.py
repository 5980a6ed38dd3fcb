"""What the stack names and doesn't make: whether it is there, and as the stack file says."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.doctor.account.session import Account
from infra.doctor.model import Check, Verdict
from infra.settings.capabilities import ExistingEksCluster, ExistingVpc

_FEW = 64
"""Free addresses of a subnet below which a cluster soon finds none for its pods."""
_ROLES = {"public_subnet_ids": "kubernetes.io/role/elb", "private_subnet_ids": "kubernetes.io/role/internal-elb"}
"""Tags by which EKS finds subnets for load balancers (https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html)."""


def network(account: Account) -> Iterator[Check]:
    """The VPC and its subnets."""
    chosen = account.chosen.network if account.chosen else None
    if not isinstance(chosen, ExistingVpc):
        return
    client = account.client("ec2")
    try:
        (vpc,) = client.describe_vpcs(VpcIds=[chosen.vpc_id])["Vpcs"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "InvalidVpcID.NotFound":
            raise
        yield Check("network", chosen.vpc_id, Verdict.PROBLEM, f"there is no such VPC in {account.settings.region}")
        return
    yield from _vpc(client, chosen, vpc)
    for key in ("public_subnet_ids", "private_subnet_ids", "intra_subnet_ids"):
        yield from _subnets(client, chosen, key)


def cluster(account: Account) -> Iterator[Check]:
    """The EKS cluster."""
    chosen = account.chosen.cluster if account.chosen else None
    if not isinstance(chosen, ExistingEksCluster):
        return
    client = account.client("eks")
    try:
        found = client.describe_cluster(name=chosen.name)["cluster"]
    except client.exceptions.ResourceNotFoundException:
        message = f"there is no such EKS cluster in {account.settings.region}"
        yield Check("cluster", chosen.name, Verdict.PROBLEM, message)
        return
    there = {
        "endpoint": found.get("endpoint"),
        "certificate_authority": (found.get("certificateAuthority") or {}).get("data"),
        "security_group_id": (found.get("resourcesVpcConfig") or {}).get("clusterSecurityGroupId"),
    }
    differing = [key for key, value in there.items() if value != getattr(chosen, key)]
    for key in differing:
        yield Check("cluster", f"cluster.{key}", Verdict.PROBLEM, f"of {chosen.name} is another one: {there[key]}")
    if found["status"] != "ACTIVE":
        yield Check("cluster", chosen.name, Verdict.PROBLEM, f"is {found['status']}")
    elif not differing:
        yield Check("cluster", chosen.name, Verdict.OK, f"is there, with Kubernetes {found['version']}")


def _vpc(client: Any, chosen: ExistingVpc, vpc: Mapping[str, Any]) -> Iterator[Check]:
    blocks = {item["CidrBlock"] for item in vpc.get("CidrBlockAssociationSet") or ()} | {vpc["CidrBlock"]}
    if chosen.cidr not in blocks:
        message = f"has {', '.join(sorted(blocks))}, not {chosen.cidr}"
        yield Check("network", chosen.vpc_id, Verdict.PROBLEM, message, "correct `network.cidr`")
    for attribute, key in (("enableDnsHostnames", "EnableDnsHostnames"), ("enableDnsSupport", "EnableDnsSupport")):
        found = client.describe_vpc_attribute(VpcId=chosen.vpc_id, Attribute=attribute)
        if not found[key]["Value"]:
            message = f"{attribute} is off; nodes find the cluster's private endpoint by it"
            yield Check("network", chosen.vpc_id, Verdict.PROBLEM, message, "its owner must switch it on")


def _subnets(client: Any, chosen: ExistingVpc, key: str) -> Iterator[Check]:
    wanted: Mapping[str, str] = getattr(chosen, key)
    if not wanted:
        return
    filters = [{"Name": "subnet-id", "Values": list(wanted.values())}]
    there = {item["SubnetId"]: item for item in client.describe_subnets(Filters=filters)["Subnets"]}
    sound = True
    for zone, subnet in wanted.items():
        for verdict, message in _faults(chosen, key, zone, there.get(subnet)):
            sound = False
            yield Check("network", f"{subnet} (network.{key}.{zone})", verdict, message)
    if sound:
        yield Check("network", f"network.{key}", Verdict.OK, "are there, in their zones")


def _faults(
    chosen: ExistingVpc, key: str, zone: str, subnet: Mapping[str, Any] | None
) -> Iterator[tuple[Verdict, str]]:
    if subnet is None:
        yield Verdict.PROBLEM, "there is no such subnet"
        return
    if subnet["VpcId"] != chosen.vpc_id:
        yield Verdict.PROBLEM, f"is in {subnet['VpcId']}, not in {chosen.vpc_id}"
    if subnet["AvailabilityZone"] != zone:
        yield Verdict.PROBLEM, f"is in {subnet['AvailabilityZone']}"
    free = subnet["AvailableIpAddressCount"]
    if key == "private_subnet_ids" and free < _FEW:
        yield Verdict.WARNING, f"has {free} free addresses left for nodes and pods"
    role = _ROLES.get(key)
    if role and not any(tag["Key"] == role for tag in subnet.get("Tags") or ()):
        yield Verdict.WARNING, f"has no tag `{role}`: EKS puts no load balancer there"
