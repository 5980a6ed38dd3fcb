"""Rules over IAM: policies that mean what they say and no more, roles alone, nothing of AWS's own unexplained."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from infra.graph import Graph, Resource
from infra.policy.actions import is_unscoped, matching, of_service
from infra.policy.documents import Document, Statement, documents, unreadable
from infra.policy.model import Found, Rule, each

VERSION = "2012-10-17"
# Characters without white space (IAM user guide, "IAM and AWS STS quotas"; KMS and S3 developer guides).
_LIMITS = {"aws:iam/policy:Policy": 6_144, "aws:iam/rolePolicy:RolePolicy": 10_240, "aws:kms/key:Key": 32_768}
_TRUST_LIMIT = 2_048
_RESOURCE_LIMIT = 20_480
_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
_OPERATORS = re.compile(
    r"(For(AllValues|AnyValue):)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)(Not)?Equals"
    r"|(Numeric|Date)(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?"
    r"|Null"
)
# AWS's global condition keys that a platform has a use for (IAM user guide, "AWS global condition context keys").
_GLOBAL_KEYS = """
    CalledVia CalledViaFirst CalledViaLast CurrentTime Ec2InstanceSourcePrivateIPv4 Ec2InstanceSourceVpc EpochTime
    FederatedProvider MultiFactorAuthAge MultiFactorAuthPresent PrincipalAccount PrincipalArn PrincipalIsAWSService
    PrincipalOrgID PrincipalOrgPaths PrincipalServiceName PrincipalServiceNamesList PrincipalTag PrincipalType
    RequestedRegion RequestTag ResourceAccount ResourceOrgID ResourceOrgPaths ResourceTag SecureTransport SourceAccount
    SourceArn SourceIdentity SourceIp SourceOrgID SourceOrgPaths SourceVpc SourceVpcArn SourceVpce TagKeys
    TokenIssueTime UserAgent userid username ViaAWSService VpceAccount VpceOrgID VpceOrgPaths VpcSourceIp
"""
# By any of these a service acts for a known account or resource alone.
_ON_BEHALF = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "kms:calleraccount", "kms:viaservice")
_AT_CREATION = re.compile(r"kms:EncryptionContext:aws:logs:arn", re.IGNORECASE)

AWS_MANAGED: Mapping[str, str] = {
    "service-role/AWSBackupServiceRolePolicyForBackup": "AWS Backup's own list of what a backup of each kind needs",
    "service-role/AWSBackupServiceRolePolicyForRestores": "AWS Backup's own list of what a restore of each kind needs",
    "AWSBackupServiceRolePolicyForS3Backup": "what AWS Backup needs of buckets, event rules included",
    "AWSBackupServiceRolePolicyForS3Restore": "what AWS Backup needs of buckets, to restore them",
    "AmazonEC2ContainerRegistryPullOnly": "nodes pull images, and nothing else",
    "AmazonEBSCSIDriverPolicyV2": "the volume driver's own list, narrowed by its tags",
    "AmazonEKSBlockStoragePolicy": "Auto Mode's own volumes, narrowed by its tags",
    "AmazonEKSClusterPolicy": "the control plane's own work, which grows with EKS",
    "AmazonEKSComputePolicy": "Auto Mode's own nodes, narrowed by its tags",
    "AmazonEKSLoadBalancingPolicy": "Auto Mode's own load balancers, narrowed by its tags",
    "AmazonEKSNetworkingPolicy": "Auto Mode's own network interfaces, narrowed by its tags",
    "AmazonEKSWorkerNodeMinimalPolicy": "the least that EKS documents for a node",
    "AmazonEKS_CNI_Policy": "the network plugin's own list",
    "service-role/AWS_ConfigRole": "AWS Config's own list of what it reads, which grows with each kind of resource",
}
"""AWS's own policies that may be attached, and why one written here would be no narrower."""


def _per_document(check: Callable[[Document], Iterator[str]]) -> Callable[[Graph], Found]:
    def over(graph: Graph) -> Found:
        for document in documents(graph):
            for message in check(document):
                yield document.resource, f"{document.path}: {message}"

    return over


def _per_statement(check: Callable[[Document, Statement], Iterator[str]]) -> Callable[[Graph], Found]:
    return _per_document(
        lambda document: (
            f"statement {statement.sid or number}: {message}"
            for number, statement in enumerate(document.statements)
            for message in check(document, statement)
        )
    )


def _parses(graph: Graph) -> Found:
    for resource in graph:
        if resource.type.startswith("aws:iam/"):
            yield from ((resource, f"{path}: is no policy document in JSON") for path in unreadable(resource))


def _form(document: Document) -> Iterator[str]:
    if document.body.get("Version") != VERSION:
        yield f"has another version than {VERSION}, and so reads variables as plain text"
    if not document.statements:
        yield "has no statement"
    sids = [statement.sid for statement in document.statements]
    for sid in sorted({sid for sid in sids if sids.count(sid) > 1 or not re.fullmatch(r"[A-Za-z0-9]+", sid)}):
        yield f"has the Sid `{sid}`, which must be letters and digits and stand once"
    for statement in document.statements:
        yield from (f"statement {statement.sid}: {message}" for message in _statement_form(document, statement))


def _statement_form(document: Document, statement: Statement) -> Iterator[str]:
    if strange := sorted(statement.body.keys() - _ELEMENTS):
        yield f"has {', '.join(strange)}: say what is allowed, not what isn't"
    if statement.body.get("Effect") not in ("Allow", "Deny"):
        yield "must have Effect `Allow` or `Deny`"
    if not statement.actions:
        yield "has no action"
    if document.kind == "identity" and statement.principals:
        yield "names a principal, which a policy of a role can't"
    if document.kind == "identity" and not statement.resources:
        yield "names no resource"
    if document.kind != "identity" and not statement.principals:
        yield "names no principal"
    if document.kind == "trust" and statement.resources:
        yield "names a resource, which a trust policy can't"
    if document.kind == "trust" and not all(action.lower().startswith("sts:") for action in statement.actions):
        yield "has other actions than sts's"


def _actions(document: Document, statement: Statement) -> Iterator[str]:
    for action in statement.actions:
        if action != "*" and not matching(action):
            yield f"`{action}` is no action of IAM"


def _wide(document: Document, statement: Statement) -> Iterator[str]:
    if not statement.allows or _is_root_of_key(document, statement):
        return
    for action in statement.actions:
        if action == "*" or action.partition(":")[2] == "*":
            yield f"allows `{action}`: name the actions"
    if document.kind == "identity" and not statement.conditions and any(map(_is_all, statement.resources)):
        narrow = [action for action in statement.actions if action != "*" and not is_unscoped(action)]
        if narrow:
            yield f"allows {', '.join(narrow)} on all resources: name them, or add a condition"
    if any(who == "*" for _, who in statement.principals) and not statement.conditions:
        yield "allows anybody: name the principals, or add a condition"


def _is_root_of_key(document: Document, statement: Statement) -> bool:
    """AWS's default: the account's IAM policies say who uses the key."""
    whole_accounts = all(kind == "AWS" and who.endswith(":root") for kind, who in statement.principals)
    return document.resource.type == "aws:kms/key:Key" and whole_accounts and bool(statement.principals)


def _is_all(resource: str) -> bool:
    return resource == "*" or (resource.startswith("arn:") and resource.split(":", 5)[-1] in ("*", "*/*"))


def _deputy(document: Document, statement: Statement) -> Iterator[str]:
    if document.kind != "resource" or not statement.allows:
        return
    keys = [key.lower() for _, key, _ in statement.conditions]
    services = [who for kind, who in statement.principals if kind == "Service"]
    if services and not any(key in _ON_BEHALF or _AT_CREATION.fullmatch(key) for key in keys):
        yield f"{', '.join(services)} may act here for any account: add aws:SourceArn or aws:SourceAccount"


def _federation(document: Document, statement: Statement) -> Iterator[str]:
    if document.kind != "trust" or not statement.allows:
        return
    for kind, who in statement.principals:
        if kind != "Federated" or ":oidc-provider/" not in who:
            continue
        issuer = who.partition(":oidc-provider/")[2]
        tested = {key.rpartition(":")[2]: values for _, key, values in statement.conditions if key.startswith(issuer)}
        if not tested.get("aud"):
            yield f"takes tokens of {issuer} for any audience: test `{issuer}:aud`"
        if not tested.get("sub") or "*" in tested["sub"]:
            yield f"takes tokens of anybody at {issuer}: test `{issuer}:sub`"


def _conditions(document: Document, statement: Statement) -> Iterator[str]:
    for operator, key, values in statement.conditions:
        if not _OPERATORS.fullmatch(operator):
            yield f"`{operator}` is no operator of a condition"
        if not _is_key(key):
            yield f"`{key}` is no condition key"
        if not values:
            yield f"`{key}` is compared with nothing"
        wild = [value for value in values if "*" in value or "?" in value]
        if wild and "Like" not in operator and "Arn" not in operator:
            yield f"`{operator}` takes `{wild[0]}` literally: `*` means something with …Like only"


def _is_key(key: str) -> bool:
    prefix, _, name = key.partition(":")
    if prefix.lower() == "aws":
        return name.partition("/")[0].lower() in _GLOBAL_KEYS.lower().split()
    # A federation's keys begin with its host name.
    return "." in prefix or of_service(prefix) is not None


def _pass_role(document: Document, statement: Statement) -> Iterator[str]:
    keys = {key.lower() for _, key, _ in statement.conditions}
    if statement.allows and "iam:passrole" in map(str.lower, statement.actions) and "iam:passedtoservice" not in keys:
        yield "hands roles to any service: test iam:PassedToService"


def _size(document: Document) -> Iterator[str]:
    limit = _LIMITS.get(document.resource.type, _RESOURCE_LIMIT)
    limit = _TRUST_LIMIT if document.kind == "trust" else limit
    length = len(re.sub(r"\s", "", document.text))
    if length > limit:
        yield f"has {length} characters, AWS takes {limit}: split it"


def _attached(resource: Resource) -> Iterator[str]:
    arns = [resource.inputs.get("policyArn"), *(resource.inputs.get("managedPolicyArns") or ())]
    for arn in arns:
        name = _aws_managed(str(arn))
        if name and name not in AWS_MANAGED:
            yield f"attaches AWS's policy {name}, which is on no list with a reason"


@cache
def _aws_managed(arn: str) -> str | None:
    found = re.fullmatch(r"arn:aws[-a-z]*:iam::aws:policy/(.+)", arn)
    return found[1] if found else None


def _no_user(resource: Resource) -> Iterator[str]:
    yield "makes a person or key that lasts: use roles, federated from where people and pipelines sign in"


def _bounded(graph: Graph) -> Found:
    roles = [resource for resource in graph if resource.type == "aws:iam/role:Role"]
    # Whoever deploys makes roles, and has a boundary of its own if any.
    deployers = {document.resource.urn for document in documents(graph) if document.is_federated}
    if any(role.inputs.get("permissionsBoundary") for role in roles if role.urn not in deployers):
        for role in roles:
            if not role.inputs.get("permissionsBoundary") and role.urn not in deployers:
                yield role, "permissionsBoundary: has none, though others of the environment's roles are bounded"


RULES: tuple[Rule, ...] = (
    Rule("iam-document", "Policies are JSON.", _parses),
    Rule(
        "iam-form", "Policies have the form that their place wants; each statement says what for.", _per_document(_form)
    ),
    Rule("iam-actions", "Policies name actions that exist.", _per_statement(_actions)),
    Rule("iam-narrow", "Policies allow named actions, on named resources, to named principals.", _per_statement(_wide)),
    Rule("iam-on-behalf", "Services act here for this account only.", _per_statement(_deputy)),
    Rule(
        "iam-federation",
        "Federated tokens are taken for one audience, from named subjects.",
        _per_statement(_federation),
    ),
    Rule("iam-conditions", "Conditions use operators and keys that exist.", _per_statement(_conditions)),
    Rule("iam-pass-role", "Roles are handed to named services.", _per_statement(_pass_role)),
    Rule("iam-size", "Policies fit AWS's limits.", _per_document(_size)),
    each(
        "iam-attached",
        "AWS's own policies are attached where a reason is written.",
        _attached,
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/role:Role",
    ),
    each(
        "iam-roles-only",
        "There are no users and no keys that last.",
        _no_user,
        "aws:iam/user:User",
        "aws:iam/accessKey:AccessKey",
        "aws:iam/group:Group",
    ),
    Rule("iam-boundary", "Every role but the deployer's is bounded where any is.", _bounded),
)
