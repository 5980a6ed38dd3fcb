"""Delivery: what a pipeline may take on, by federation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import Statement, policy_document

_SESSION_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class PipelineArgs:
    """An issuer of tokens, and which of them are taken."""

    issuer: str
    """Without `https://`."""
    audience: str
    deploy: Sequence[str]
    """Subjects that may deploy; `*` stands for anything."""
    preview: Sequence[str]
    """Subjects that may look."""
    provider: str | None = None
    """ARN of the account's provider; none makes it."""


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    """The roles of one environment's pipelines."""

    name: str
    """What the roles' names begin with: pipelines know them by name."""
    pipelines: Mapping[str, PipelineArgs]
    """By a name that is letters and digits: `github`."""
    deploy_policies: Sequence[str] = ()
    preview_policies: Sequence[str] = ()
    preview: bool = True
    permission_boundary: str | None = None


class Delivery(pulumi.ComponentResource):
    """A role that deploys and one that looks, each for an hour at a time."""

    deploy_role_arn: pulumi.Output[str]
    preview_role_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:index:Delivery", name, {}, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._federations = {key: self._federated(key, pipeline) for key, pipeline in args.pipelines.items()}
        self.deploy_role_arn = self._role(
            "deploy", {key: pipeline.deploy for key, pipeline in args.pipelines.items()}, args.deploy_policies
        )
        self.preview_role_arn = (
            self._role(
                "preview", {key: pipeline.preview for key, pipeline in args.pipelines.items()}, args.preview_policies
            )
            if args.preview
            else None
        )
        self.register_outputs({"deploy_role_arn": self.deploy_role_arn, "preview_role_arn": self.preview_role_arn})

    def _federated(self, key: str, pipeline: PipelineArgs) -> pulumi.Input[str]:
        return (
            pipeline.provider
            or aws.iam.OpenIdConnectProvider(
                key, url=f"https://{pipeline.issuer}", client_id_lists=[pipeline.audience], opts=self._child
            ).arn
        )

    def _role(self, purpose: str, subjects: Mapping[str, Sequence[str]], policies: Sequence[str]) -> pulumi.Output[str]:
        args = self._args
        role = aws.iam.Role(
            purpose,
            name=f"{args.name}-{purpose}",
            description=f"Pipelines {purpose} {args.name}",
            assume_role_policy=policy_document(*(self._trust(key, taken) for key, taken in subjects.items() if taken)),
            max_session_duration=_SESSION_SECONDS,
            permissions_boundary=args.permission_boundary,
            opts=self._child,
        )
        for policy in policies:
            aws.iam.RolePolicyAttachment(
                f"{purpose}-{policy.rpartition('/')[2]}", role=role.name, policy_arn=policy, opts=self._child
            )
        return role.arn

    def _trust(self, key: str, subjects: Sequence[str]) -> Statement:
        pipeline = self._args.pipelines[key]
        compared = "StringLike" if any("*" in subject for subject in subjects) else "StringEquals"
        tests: dict[str, dict[str, str | list[str]]] = {"StringEquals": {f"{pipeline.issuer}:aud": pipeline.audience}}
        tests.setdefault(compared, {})[f"{pipeline.issuer}:sub"] = list(subjects)
        return Statement(
            sid=key.capitalize(),
            actions=["sts:AssumeRoleWithWebIdentity"],
            principals={"Federated": self._federations[key]},
            conditions=tests,
        )
