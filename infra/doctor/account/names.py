"""Names that must be free, or this environment's own."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infra.doctor.account.session import Account
from infra.doctor.model import Check, Verdict

Tags = Iterable[Any] | None
"""Tags of what has the name; nothing: the name is free."""


class Foreign(Exception):
    """The name belongs to somebody whose things can't be looked at; the text says to whom."""


@dataclass(frozen=True)
class Kind:
    """One kind of thing that a stack names itself."""

    subject: str
    type: str
    key: str
    """The input that holds the name."""
    look: Callable[[Account, str], Tags]

    def ask(self, account: Account) -> Iterator[Check]:
        """Whether each name is free or ours already."""
        free, own = [], []
        for resource in account.declared(self.type):
            name = resource.inputs.get(self.key)
            if not isinstance(name, str):
                continue
            try:
                tags = self.look(account, name)
            except Foreign as owner:
                yield self._taken(name, str(owner))
                continue
            if tags is None:
                free.append(name)
            elif account.is_ours(tags):
                own.append(name)
            else:
                yield self._taken(name, "it exists, and is not of this environment")
        for names, says in ((free, "free"), (own, "this environment's already")):
            if names:
                yield Check("names", self.subject, Verdict.OK, f"{says}: {', '.join(names)}")

    def _taken(self, name: str, why: str) -> Check:
        remedy = "choose another `namespace_prefix`, or take it over: groundwork terraform adopt, pulumi import"
        return Check("names", f"{self.subject} {name}", Verdict.PROBLEM, why, remedy)


def _bucket(account: Account, name: str) -> Tags:
    from botocore.exceptions import ClientError

    client = account.client("s3")
    try:
        client.head_bucket(Bucket=name)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            return None
        if status in (301, 400, 403):
            raise Foreign("it exists, in another account or region") from None
        raise
    try:
        tags: Tags = client.get_bucket_tagging(Bucket=name)["TagSet"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchTagSet":
            raise
        return ()
    return tags


def _missing(error: Any, *codes: str) -> None:
    """Raises the error again unless it says that there is no such thing."""
    if error.response.get("Error", {}).get("Code") not in codes:
        raise error


def _cluster(account: Account, name: str) -> Tags:
    client = account.client("eks")
    try:
        tags = client.describe_cluster(name=name)["cluster"].get("tags") or {}
    except client.exceptions.ResourceNotFoundException:
        return None
    return _listed(tags)


def _listed(tags: dict[str, str]) -> Tags:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _repository(account: Account, name: str) -> Tags:
    client = account.client("ecr")
    try:
        (found,) = client.describe_repositories(repositoryNames=[name])["repositories"]
    except client.exceptions.RepositoryNotFoundException:
        return None
    tags: Tags = client.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    return tags


def _database(account: Account, name: str) -> Tags:
    client = account.client("rds")
    try:
        (found,) = client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except client.exceptions.DBInstanceNotFoundFault:
        return None
    tags: Tags = found.get("TagList") or ()
    return tags


def _role(account: Account, name: str) -> Tags:
    client = account.client("iam")
    try:
        tags: Tags = client.get_role(RoleName=name)["Role"].get("Tags") or ()
    except client.exceptions.NoSuchEntityException:
        return None
    return tags


def _identity_provider(account: Account, url: str) -> Tags:
    """An account has one identity provider for an address, whoever made it."""
    client = account.client("iam")
    host = url.removeprefix("https://").rstrip("/")
    for provider in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        if provider["Arn"].partition("oidc-provider/")[2] == host:
            found = client.get_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
            tags: Tags = found.get("Tags") or ()
            return tags
    return None


def _alias(account: Account, name: str) -> Tags:
    for alias in account.pages("kms", "list_aliases", "Aliases"):
        if alias["AliasName"] == name and alias.get("TargetKeyId"):
            tags: Tags = account.client("kms").list_resource_tags(KeyId=alias["TargetKeyId"])["Tags"]
            return tags
    return None


def _log_group(account: Account, name: str) -> Tags:
    client = account.client("logs")
    for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name):
        if group["logGroupName"] == name:
            arn = group["arn"].removesuffix(":*")
            return _listed(client.list_tags_for_resource(resourceArn=arn)["tags"])
    return None


def _trail(account: Account, name: str) -> Tags:
    client = account.client("cloudtrail")
    found = client.describe_trails(trailNameList=[name], includeShadowTrails=False)["trailList"]
    if not found:
        return None
    (tagged,) = client.list_tags(ResourceIdList=[found[0]["TrailARN"]])["ResourceTagList"]
    tags: Tags = tagged.get("TagsList") or ()
    return tags


def _secret(account: Account, name: str) -> Tags:
    client = account.client("secretsmanager")
    try:
        found = client.describe_secret(SecretId=name)
    except client.exceptions.ResourceNotFoundException:
        return None
    if found.get("DeletedDate"):
        raise Foreign("it was deleted, and holds the name until its recovery window is over")
    tags: Tags = found.get("Tags") or ()
    return tags


def _vault(account: Account, name: str) -> Tags:
    from botocore.exceptions import ClientError

    client = account.client("backup")
    try:
        found = client.describe_backup_vault(BackupVaultName=name)
    except ClientError as error:
        # AWS answers so for a vault that does not exist, too.
        _missing(error, "ResourceNotFoundException", "AccessDeniedException")
        return None
    return _listed(client.list_tags(ResourceArn=found["BackupVaultArn"])["Tags"])


KINDS = (
    Kind("cluster", "aws:eks/cluster:Cluster", "name", _cluster),
    Kind("buckets", "aws:s3/bucket:Bucket", "bucket", _bucket),
    Kind("repositories", "aws:ecr/repository:Repository", "name", _repository),
    Kind("database", "aws:rds/instance:Instance", "identifier", _database),
    Kind("roles", "aws:iam/role:Role", "name", _role),
    Kind("identity providers", "aws:iam/openIdConnectProvider:OpenIdConnectProvider", "url", _identity_provider),
    Kind("key aliases", "aws:kms/alias:Alias", "name", _alias),
    Kind("log groups", "aws:cloudwatch/logGroup:LogGroup", "name", _log_group),
    Kind("trails", "aws:cloudtrail/trail:Trail", "name", _trail),
    Kind("secrets", "aws:secretsmanager/secret:Secret", "name", _secret),
    Kind("backup vaults", "aws:backup/vault:Vault", "name", _vault),
)
