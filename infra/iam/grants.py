"""What a deploying role needs for one resource."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from infra.graph import Resource
from infra.iam.places import Place, Places, values
from infra.iam.table import PHASES, Needs, Phase
from infra.policy.actions import is_unscoped

TAG = "groundwork:environment"
"""The tag that everything has which takes tags, by the provider's default tags."""
_ANY_KEY = "kms:key/*"
_GROUPS, _GROUP, _GROUP_BY_ID = "ec2:security-group/*", "securityGroupId", "ec2:security-group/{securityGroupId}"
_CLUSTER_TAG = "aws:ResourceTag/aws:eks:cluster-name"
"""The tag that EKS puts on the security group which it makes for a cluster (EKS user guide, "View Amazon EKS security
group requirements for clusters"). It puts none of the environment's there."""
Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]
"""(operator, key, values), sorted."""


@dataclass(frozen=True)
class Grant:
    """Actions on resources under conditions."""

    phase: Phase
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = ()


class Granting:
    """What is granted for the resources of one environment."""

    def __init__(self, environment: str, places: Places, boundary: str | None) -> None:
        self._environment, self._places, self._boundary = environment, places, boundary

    def of(self, resource: Resource, needs: Needs) -> Iterator[Grant]:
        """Every grant that this resource takes."""
        main = self._arn(resource, _GROUP_BY_ID if self._in_foreign_group(resource, needs) else needs.arn)
        if main is None:
            raise ValueError(f"{resource.type} {resource.name} lacks an input of {needs.arn}")
        for phase in PHASES:
            for action in needs.actions(phase):
                conditions = (*self._when(resource, needs, action), *self._own(resource, needs, phase, action))
                yield _grant(phase, action, [main], conditions)
                yield from self._others(resource, needs, phase, action, needs.also)
        for action in needs.elsewhere:
            yield from self._others(resource, needs, "create", needs.full(action), needs.elsewhere)
        if needs.create and needs.tagged and needs.service == "ec2":
            yield from self._ec2_tags(needs, main)
        yield from self._given(resource, needs, main)
        yield from self._keys(resource, needs)
        yield from self._passed(resource, needs)
        yield from (_linked(self._places.of(resource), service) for service in needs.links)

    def _arn(self, resource: Resource, pattern: str) -> str | None:
        filled = self._places.filled(resource, pattern)
        if filled is None or filled.startswith("arn:"):
            return filled
        return self._places.of(resource).arn(filled)

    def _others(
        self, resource: Resource, needs: Needs, phase: Phase, action: str, table: Mapping[str, tuple[str, ...]]
    ) -> Iterator[Grant]:
        patterns = table.get(action) or table.get(action.partition(":")[2], ())
        conditions = tuple(self._when(resource, needs, action))
        for pattern in patterns:
            arn = self._arn(resource, pattern)
            if arn:
                # A key's ARN says nothing about whose it is.
                yield _grant(phase, action, [arn], (*conditions, *(self._mine if pattern == _ANY_KEY else ())))

    def _own(self, resource: Resource, needs: Needs, phase: Phase, action: str) -> Conditions:
        """That it is the environment's own, by its tag."""
        if not needs.tagged or self._in_foreign_group(resource, needs):
            return ()
        if phase == "create":
            return (("StringEquals", f"aws:RequestTag/{TAG}", (self._environment,)),)
        if phase == "read" or is_unscoped(action):
            return ()
        cluster = self._places.cluster_of_group(resource.inputs.get(_GROUP)) if needs.arn == _GROUPS else None
        return (("StringEquals", _CLUSTER_TAG, (cluster,)),) if cluster else self._mine

    def _in_foreign_group(self, resource: Resource, needs: Needs) -> bool:
        """Whether it is a rule in a security group that the environment was given by its id."""
        return needs.arn == _GROUPS and self._places.is_elsewhere(resource.inputs.get(_GROUP))

    @property
    def _mine(self) -> Conditions:
        return (("StringEquals", f"aws:ResourceTag/{TAG}", (self._environment,)),)

    def _when(self, resource: Resource, needs: Needs, action: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        tests_of = needs.when.get(action) or needs.when.get(action.partition(":")[2], {})
        for operator, tests in tests_of.items():
            for key, pattern in tests.items():
                bounded = pattern == "{boundary}"
                value = self._bound(resource) if bounded else self._places.filled(resource, pattern)
                if value is not None:
                    yield operator, key, (value,)

    def _bound(self, resource: Resource) -> str | None:
        """Its own boundary; for a role that has none, the platform's, so that no deployer gets at it."""
        return self._places.boundary(resource) or self._boundary

    def _ec2_tags(self, needs: Needs, main: str) -> Iterator[Grant]:
        """Tags may be set by what makes the resource, and changed on what is the environment's own already."""
        makers = tuple(sorted(needs.create))
        yield _grant("create", "ec2:CreateTags", [main], [("StringEquals", "ec2:CreateAction", makers)])
        for action in ("ec2:CreateTags", "ec2:DeleteTags"):
            yield _grant("update", action, [main], self._mine)

    def _given(self, resource: Resource, needs: Needs, main: str) -> Iterator[Grant]:
        arns = [main, f"{main}/*"] if needs.service == "s3" else [main]
        for key, actions in needs.given.items():
            if resource.inputs.get(key):
                for action in map(needs.full, actions):
                    yield _grant("create", action, arns, self._when(resource, needs, action))

    def _keys(self, resource: Resource, needs: Needs) -> Iterator[Grant]:
        for path, actions in needs.keys.items():
            for key in values(resource.inputs, path):
                made = self._places.maker(key)
                arn = self._places.of(made).arn(_ANY_KEY) if made else key
                for action in actions:
                    for_aws = [("Bool", "kms:GrantIsForAWSResource", ("true",))] if action == "CreateGrant" else []
                    yield _grant("create", f"kms:{action}", [arn], [*for_aws, *(self._mine if made else ())])

    def _passed(self, resource: Resource, needs: Needs) -> Iterator[Grant]:
        for path, services in needs.passes.items():
            to = (services,) if isinstance(services, str) else services
            for role in values(resource.inputs, path):
                arn = self._places.role(resource, role)
                yield _grant("create", "iam:PassRole", [arn], [("StringEquals", "iam:PassedToService", to)])


def _grant(
    phase: Phase, action: str, arns: Iterable[str], conditions: Iterable[tuple[str, str, tuple[str, ...]]]
) -> Grant:
    return Grant(phase, (action,), ("*",) if is_unscoped(action) else tuple(arns), tuple(sorted(conditions)))


def _linked(place: Place, service: str) -> Grant:
    arn = place.arn(f"iam:role/aws-service-role/{service}/*")
    return _grant("create", "iam:CreateServiceLinkedRole", [arn], [("StringEquals", "iam:AWSServiceName", (service,))])


def text(conditions: Conditions) -> Mapping[str, Mapping[str, str | list[str]]]:
    """The conditions as a policy has them."""
    written: dict[str, dict[str, str | list[str]]] = {}
    for operator, key, found in conditions:
        written.setdefault(operator, {})[key] = found[0] if len(found) == 1 else list(found)
    return written
