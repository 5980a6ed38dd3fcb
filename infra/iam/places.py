"""Where the resources of a graph will be: ARNs, with `?` and `*` where a name is made only when the resource is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.graph import Graph, Resource
from infra.graph.secrecy import bare
from infra.iam.table import table
from infra.settings.capabilities.account import partition

PROVIDER = "pulumi:providers:aws"
_NAMES = ("name", "bucket", "identifier", "clusterIdentifier", "addonName", "userName")
_AUTONAMED = "?" * 7
"""Pulumi appends so many hexadecimal digits to a name that is not given (and a hyphen before)."""
_GLOBAL = {"iam": "::{account}:", "s3": ":::", "route53": ":::", "budgets": "::{account}:", "sts": "::{account}:"}
"""Services whose ARNs have no region, or neither region nor account (Service Authorization Reference)."""


@dataclass(frozen=True)
class Place:
    """An account and region."""

    account: str
    region: str

    def arn(self, resource: str) -> str:
        """The ARN of `service:resource`."""
        service, _, path = resource.partition(":")
        middle = _GLOBAL.get(service, ":{region}:{account}:").format(account=self.account, region=self.region)
        return f"arn:{partition(self.region)}:{service}{middle}{path}"


class Places:
    """The places and names of a graph's resources."""

    def __init__(self, graph: Graph) -> None:
        self._by_urn = {resource.urn: resource for resource in graph}
        self._names = {
            str(value): _name(resource)
            for resource in graph
            if resource.custom and resource.type.startswith("aws:") and _is_autonamed(resource)
            for value in (resource.outputs.get("name"),)
            if value
        }
        self._roles = {str(r.outputs.get("name")): r for r in graph if r.type == "aws:iam/role:Role"}
        self._by_arn = {
            str(resource.outputs["arn"]): resource for resource in graph if isinstance(resource.outputs.get("arn"), str)
        }

        self._groups = {str(r.outputs.get("id")) for r in graph if r.type == "aws:ec2/securityGroup:SecurityGroup"}
        self._cluster_groups = {
            str(group): str(bare(cluster.outputs)["name"])
            for cluster in graph
            if cluster.type == "aws:eks/cluster:Cluster"
            for group in values(cluster.outputs, "vpcConfig.clusterSecurityGroupId")
        }

    def cluster_of_group(self, group: object) -> str | None:
        """The cluster for which EKS makes this security group."""
        return self._cluster_groups.get(str(group))

    def is_elsewhere(self, group: object) -> bool:
        """Whether a security group is somebody else's, known by its id."""
        return isinstance(group, str) and group not in self._groups and group not in self._cluster_groups

    def boundary(self, resource: Resource) -> str | None:
        """What bounds a role, or the role that a policy is of."""
        role = self._roles.get(str(resource.inputs.get("role"))) or resource
        given = role.inputs.get("permissionsBoundary")
        return str(given) if given else None

    def of(self, resource: Resource) -> Place:
        """The account and region that the resource's provider is for, or its own region."""
        inputs = self._provider(resource).inputs
        accounts = inputs.get("allowedAccountIds") or []
        # Providers take lists as JSON text.
        found = re.findall(r"[0-9]{12}", accounts if isinstance(accounts, str) else " ".join(accounts))
        return Place(found[0] if found else "*", str(resource.inputs.get("region") or inputs["region"]))

    def _provider(self, resource: Resource) -> Resource:
        return self._by_urn[str(resource.provider)]

    def filled(self, resource: Resource, pattern: str) -> str | None:
        """The pattern with the resource's inputs in it; None if it lacks one of them."""
        inputs: Mapping[str, Any] = bare(dict(resource.inputs))
        values = {key: self.known(value) for key, value in inputs.items() if isinstance(value, str)}
        place = self.of(resource)
        values |= {"name": _name(resource), "region": place.region, "partition": partition(place.region)}
        values["url"] = values.get("url", "").removeprefix("https://")
        wanted = re.findall(r"\{(\w+)\}", pattern)
        return None if any(key not in values for key in wanted) else pattern.format(**values)

    def known(self, value: str) -> str:
        """A name or ARN as it will be, of one as it is simulated."""
        made = self._by_arn.get(value)
        row = table().get(made.type) if made else None
        pattern = self.filled(made, row.arn) if made and row else None
        if made and pattern:
            return pattern if pattern.startswith("arn:") else self.of(made).arn(pattern)
        return self._names.get(value, value)

    def role(self, user: Resource, given: str) -> str:
        """The ARN of a role that is given by ARN or by name."""
        known = self.known(given)
        return known if known.startswith("arn:") else self.of(user).arn(f"iam:role/{known}")

    def maker(self, arn: str) -> Resource | None:
        """The graph's resource that has this ARN."""
        return self._by_arn.get(arn)


def values(properties: Mapping[str, Any], path: str) -> Iterator[str]:
    """The texts at a path of properties (`vpcConfig.subnetIds`); lists are gone through."""
    found: list[Any] = [bare(dict(properties))]
    for key in path.split("."):
        found = [item.get(key) for item in found if isinstance(item, Mapping)]
        found = [one for item in found for one in (item if isinstance(item, list) else [item])]
    yield from (item for item in found if isinstance(item, str))


def _is_autonamed(resource: Resource) -> bool:
    return not any(isinstance(resource.inputs.get(key), str) for key in _NAMES)


def _name(resource: Resource) -> str:
    given = next((resource.inputs[key] for key in _NAMES if isinstance(resource.inputs.get(key), str)), None)
    prefix = resource.inputs.get("namePrefix")
    return given or (f"{prefix}*" if prefix else f"{resource.name}-{_AUTONAMED}")
