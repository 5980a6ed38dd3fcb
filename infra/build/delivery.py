"""Delivery: settings → component."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pulumi

from infra.build.platform import Platform
from infra.settings.capabilities import CircleciPipelines, GithubPipelines, GitlabPipelines, OidcDelivery

if TYPE_CHECKING:
    from components.delivery import PipelineArgs


def declare(platform: Platform) -> None:
    """What pipelines may take on in the account."""
    account, settings = platform.account, platform.settings.delivery
    if account is None or settings is None:
        return
    from components.delivery import Delivery, DeliveryArgs

    built = Delivery(
        "delivery",
        DeliveryArgs(
            name=account.name,
            pipelines=dict(_pipelines(settings)),
            deploy_policies=settings.deploy_policies,
            preview_policies=settings.preview_policies,
            preview=settings.preview,
            permission_boundary=settings.permission_boundary,
        ),
        account.opts,
    )
    pulumi.export("delivery_deploy_role", built.deploy_role_arn)
    if built.preview_role_arn:
        pulumi.export("delivery_preview_role", built.preview_role_arn)


def _pipelines(settings: OidcDelivery) -> Iterator[tuple[str, "PipelineArgs"]]:
    if settings.github:
        yield "github", _github(settings.github)
    if settings.gitlab:
        yield "gitlab", _gitlab(settings.gitlab)
    if settings.circleci:
        yield "circleci", _circleci(settings.circleci)


def _github(settings: GithubPipelines) -> "PipelineArgs":
    """Subjects as GitHub documents them ("OpenID Connect reference", subject claims)."""
    from components.delivery import PipelineArgs

    places = [
        *(f"ref:refs/heads/{branch}" for branch in settings.branches),
        *(f"environment:{environment}" for environment in settings.environments),
    ]
    return PipelineArgs(
        issuer=settings.address,
        audience="sts.amazonaws.com",
        deploy=[f"repo:{repository}:{place}" for repository in settings.repositories for place in places],
        preview=[f"repo:{repository}:pull_request" for repository in settings.repositories],
        provider=settings.provider,
    )


def _gitlab(settings: GitlabPipelines) -> "PipelineArgs":
    """Subjects as GitLab documents them ("OpenID Connect authentication using ID tokens", token payload)."""
    from components.delivery import PipelineArgs

    projects = [f"project_path:{project}:ref_type:branch:ref" for project in settings.projects]
    return PipelineArgs(
        issuer=settings.address,
        audience=f"https://{settings.host}",
        deploy=[f"{project}:{branch}" for project in projects for branch in settings.branches],
        # A merge request's pipeline runs on its own branch.
        preview=[f"{project}:*" for project in projects],
        provider=settings.provider,
    )


def _circleci(settings: CircleciPipelines) -> "PipelineArgs":
    """Subjects of CircleCI's second token ("OpenID Connect tokens", format)."""
    from components.delivery import PipelineArgs

    projects = [
        f"org/{settings.organization}/project/{project.id}/user/*/vcs-origin/{project.origin}/vcs-ref"
        for project in settings.projects
    ]
    return PipelineArgs(
        issuer=settings.address,
        audience=settings.organization,
        deploy=[f"{project}/refs/heads/{branch}" for project in projects for branch in settings.branches],
        preview=[f"{project}/refs/heads/*" for project in projects],
        provider=settings.provider,
    )
