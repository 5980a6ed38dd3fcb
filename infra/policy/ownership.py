"""Rules over whose resources these are: which account, which tags, and what must not go."""

from collections.abc import Iterator

from infra.graph import Graph, Resource
from infra.policy.model import Found, Rule, each

STATEFUL = (
    "aws:backup/vault:Vault",
    "aws:dynamodb/table:Table",
    "aws:ebs/volume:Volume",
    "aws:ecr/repository:Repository",
    "aws:efs/fileSystem:FileSystem",
    "aws:eks/cluster:Cluster",
    "aws:kms/key:Key",
    "aws:rds/instance:Instance",
    "aws:route53/zone:Zone",
    "aws:s3/bucket:Bucket",
)
"""What holds data, or what data is lost without."""
_PROVIDER = "pulumi:providers:aws"


def _explicit(graph: Graph) -> Found:
    for resource in graph:
        if resource.custom and resource.type.startswith("aws:"):
            name = (resource.provider or "::default").rpartition("::")[2]
            if name == "default" or name.startswith("default_"):
                yield resource, "goes by the default provider, into whatever account the credentials are for"


def _provider(resource: Resource) -> Iterator[str]:
    if not resource.inputs.get("allowedAccountIds"):
        yield "allowedAccountIds: must name the account"
    if not _tags(resource):
        yield "defaultTags: must tag everything that takes tags"


def _tags(resource: Resource) -> object:
    # Providers take objects as JSON text.
    given = resource.inputs.get("defaultTags")
    return given.strip("{} ") if isinstance(given, str) else (given or {}).get("tags")


def _launched(resource: Resource) -> Iterator[str]:
    # A provider's default tags are on the template, not on what is launched from it.
    kinds = {s.get("resourceType") for s in resource.inputs.get("tagSpecifications") or () if s.get("tags")}
    if missing := {"instance", "volume"} - kinds:
        yield f"tagSpecifications: lacks {', '.join(sorted(missing))}, whose costs nobody could tell"


def _protected(resource: Resource) -> Iterator[str]:
    if not resource.protect:
        yield "must be protected: what it holds is lost with it"
    for key in ("forceDestroy", "forceDelete", "skipFinalSnapshot"):
        if resource.inputs.get(key) is True:
            yield f"{key}: must not be true"
    if resource.type == "aws:rds/instance:Instance" and resource.inputs.get("deletionProtection") is not True:
        yield "deletionProtection: must be true"


PROTECTED = each("protected", "What holds data is protected.", _protected, *STATEFUL)

RULES: tuple[Rule, ...] = (
    Rule("explicit-provider", "Every resource names its provider.", _explicit),
    each("provider", "Providers refuse other accounts, and tag.", _provider, _PROVIDER),
    each("launch-tags", "Machines and their disks are tagged.", _launched, "aws:ec2/launchTemplate:LaunchTemplate"),
    PROTECTED,
)
