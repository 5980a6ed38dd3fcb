"""Amazon ECR: repositories for images of one's own, and caches of other registries'."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.aws import EncryptionKey, EncryptionKeyArgs, Statement, policy_document
from components.network import Peer

_PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


@dataclass(frozen=True, kw_only=True)
class EcrCacheArgs:
    """Another registry, whose images are kept here once somebody pulled them."""

    prefix: str
    """What the names of its repositories here begin with."""
    upstream: str
    """Host of its API."""
    credential: str | None = None
    """ARN of the secret with its user name and access token, named `ecr-pullthroughcache/…`."""
    repositories: Sequence[str] = ()
    """Those that the platform pulls from. They are made at once, so that nodes need no right to make any."""


@dataclass(frozen=True, kw_only=True)
class EcrRegistryArgs:
    """Repositories of one environment."""

    name: str
    """What the names of its repositories begin with."""
    account: str
    region: str
    host: str
    """Of the account's registry in the region."""
    partition: str = "aws"
    repositories: Sequence[str]
    """Names without the prefix."""
    caches: Mapping[str, EcrCacheArgs] = field(default_factory=dict)
    """By what they are called here."""
    keep_images: int
    """In each repository; the oldest beyond them go."""
    keep_untagged: int
    """Days for which images without a tag are kept."""
    enhanced_scanning: bool = False
    """Whether Amazon Inspector scans the environment's images all the time. This is a setting of the whole registry."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """On repositories that ECR makes for a cache."""
    permission_boundary: str | None = None
    protect: bool = True


class EcrRegistry(pulumi.ComponentResource):
    """Repositories whose tags never move. Nodes pull by their role, pipelines push by a policy."""

    url: pulumi.Output[str]
    peer: Peer
    repositories: Mapping[str, pulumi.Output[str]]
    """What images are named by, by the repository's name without the prefix."""
    push_policy: pulumi.Output[str] | None
    """ARN of the policy that lets pipelines push to these repositories. None without repositories."""

    def __init__(self, name: str, args: EcrRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:EcrRegistry", name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias=f"{args.name}-registry",
                description=f"Images of {args.name}",
                account=args.account,
                partition=args.partition,
                protect=args.protect,
            ),
            self._child,
        )
        own = {repository: self._repository(repository) for repository in args.repositories}
        self._caches()
        self._scanning()
        self.repositories = {repository: made.repository_url for repository, made in own.items()}
        self.push_policy = self._push(own) if own else None
        self.url = pulumi.Output.from_input(f"https://{args.host}")
        self.peer = Peer(cidr="0.0.0.0/0", ports=(443,))
        self.register_outputs({"url": self.url})

    def _repository(self, name: str) -> aws.ecr.Repository:
        args = self._args
        repository = aws.ecr.Repository(
            name,
            name=f"{args.name}/{name}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=self._key.arn)
            ],
            force_delete=not args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        aws.ecr.LifecyclePolicy(name, repository=repository.name, policy=self._lifecycle(), opts=self._child)
        return repository

    def _lifecycle(self) -> str:
        """Keys in the order in which ECR gives them back."""
        rules = {
            f"Untagged for {self._args.keep_untagged} days": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": self._args.keep_untagged,
            },
            f"Beyond {self._args.keep_images}": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": self._args.keep_images,
            },
        }
        return json.dumps(
            {
                "rules": [
                    {
                        "rulePriority": priority,
                        "description": description,
                        "selection": selection,
                        "action": {"type": "expire"},
                    }
                    for priority, (description, selection) in enumerate(rules.items(), start=1)
                ]
            }
        )

    def _caches(self) -> None:
        args = self._args
        if not args.caches:
            return
        role = self._maker()
        for cache, of in args.caches.items():
            aws.ecr.PullThroughCacheRule(
                cache,
                ecr_repository_prefix=f"{args.name}/{of.prefix}",
                upstream_registry_url=of.upstream,
                credential_arn=of.credential,
                opts=self._child,
            )
            aws.ecr.RepositoryCreationTemplate(
                cache,
                prefix=f"{args.name}/{of.prefix}",
                description=f"Images of {cache}",
                applied_fors=["PULL_THROUGH_CACHE"],
                custom_role_arn=role,
                image_tag_mutability="IMMUTABLE",
                encryption_configurations=[
                    aws.ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(
                        encryption_type="KMS", kms_key=self._key.arn
                    )
                ],
                lifecycle_policy=self._lifecycle(),
                resource_tags=dict(args.tags) or None,
                opts=self._child,
            )
            for repository in of.repositories:
                self._repository(f"{of.prefix}/{repository}")

    def _maker(self) -> pulumi.Output[str]:
        """The role by which ECR makes a cache's repositories: its own knows neither keys nor tags."""
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-cache",
            description=f"ECR makes repositories for what {args.name} caches",
            assume_role_policy=policy_document(
                Statement(sid="Trust", actions=["sts:AssumeRole"], principals={"Service": "ecr.amazonaws.com"})
            ),
            permissions_boundary=args.permission_boundary,
            opts=self._child,
        )
        caches = [f"{args.name}/{cache.prefix}/*" for cache in args.caches.values()]
        policy = aws.iam.RolePolicy(
            f"{self._name}-cache",
            role=role.name,
            policy=policy_document(
                Statement(
                    sid="Repositories",
                    actions=["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"],
                    resources=[self._arn(cache) for cache in caches],
                    reason="whatever is pulled by way of a cache, and so is not known before",
                ),
                Statement(
                    sid="Key",
                    actions=["kms:CreateGrant", "kms:RetireGrant", "kms:DescribeKey"],
                    resources=[self._key.arn],
                ),
            ),
            opts=self._child,
        )
        return pulumi.Output.all(role.arn, policy.id).apply(lambda values: str(values[0]))

    def _scanning(self) -> None:
        if not self._args.enhanced_scanning:
            return
        everything = aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
            filter=f"{self._args.name}/*", filter_type="WILDCARD"
        )
        aws.ecr.RegistryScanningConfiguration(
            self._name,
            scan_type="ENHANCED",
            rules=[
                aws.ecr.RegistryScanningConfigurationRuleArgs(
                    scan_frequency="CONTINUOUS_SCAN", repository_filters=[everything]
                )
            ],
            opts=self._child,
        )

    def _push(self, repositories: Mapping[str, aws.ecr.Repository]) -> pulumi.Output[str]:
        policy = aws.iam.Policy(
            f"{self._name}-push",
            name=f"{self._args.name}-registry-push",
            description=f"Pushes images to the repositories of {self._args.name}",
            policy=policy_document(
                Statement(
                    sid="Login",
                    actions=["ecr:GetAuthorizationToken"],
                    resources=["*"],
                    reason="ECR's token is for the whole registry; what it opens is said below",
                ),
                Statement(sid="Push", actions=_PUSH, resources=[made.arn for made in repositories.values()]),
            ),
            opts=self._child,
        )
        return policy.arn

    def _arn(self, repository: str) -> str:
        args = self._args
        return f"arn:{args.partition}:ecr:{args.region}:{args.account}:repository/{repository}"
