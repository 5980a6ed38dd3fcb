"""How pipelines get into the account: by federation, without any key."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from infra.settings.base import Form, HostName, PolicyArn, Settings, Tuple

_NAME = r"[A-Za-z0-9_.@-]+"
Repository = Annotated[
    str,
    Form(
        rf"^{_NAME}/{_NAME}$",
        "the repository as it stands in the token's subject after `repo:`, with the ids where GitHub puts them there",
        "example/platform",
    ),
]
Project = Annotated[str, Form(rf"^{_NAME}(/{_NAME})+$", "the path of a GitLab project", "example/ml/platform")]
Branch = Annotated[str, Form(r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$", "the name of a branch, without wildcards", "main")]
JobEnvironment = Annotated[
    str, Form(r"^[A-Za-z0-9_][A-Za-z0-9_./ -]*$", "the name of an environment, without wildcards", "prod")
]
Uuid = Annotated[
    str,
    Form(
        r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "a UUID in lower case", "0f7c3f4e-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
    ),
]
Origin = Annotated[
    str,
    Form(rf"^[a-z0-9.-]+(/{_NAME})+$", "a repository's address without its scheme", "github.com/example/platform"),
]
Issuer = Annotated[
    str,
    Form(
        r"^[a-z0-9.-]+(/[A-Za-z0-9_.-]+)*$",
        "an issuer's address without its scheme",
        "token.actions.githubusercontent.com",
    ),
]
ProviderArn = Annotated[
    str,
    Form(
        r"^arn:aws(-[a-z]+)*:iam::[0-9]{12}:oidc-provider/\S+$",
        "the ARN of an OpenID Connect provider in IAM",
        "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
    ),
]


class GithubPipelines(Settings):
    """GitHub Actions."""

    repositories: Annotated[Tuple[Repository], Field(min_length=1)]
    """Repositories whose workflows may take the roles on."""
    branches: Tuple[Branch] = ("main",)
    """Branches whose pushes may deploy."""
    environments: Tuple[JobEnvironment] = ()
    """Environments whose jobs may deploy; such a job's token names no branch. Let GitHub guard who reaches them."""
    issuer: Issuer = "token.actions.githubusercontent.com"
    """Another one than github.com's: `<host>/_services/token` of an Enterprise Server."""
    provider: ProviderArn | None = None
    """Provider that the account has already; it can have one for each issuer. None makes it."""

    @property
    def address(self) -> str:
        """The issuer's address without its scheme."""
        return self.issuer


class GitlabPipelines(Settings):
    """GitLab CI. Jobs ask for a token of the audience `https://<host>`."""

    projects: Annotated[Tuple[Project], Field(min_length=1)]
    """Projects whose pipelines may take the roles on."""
    branches: Tuple[Branch] = ("main",)
    """Branches whose pipelines may deploy: protect them."""
    host: HostName = Field("gitlab.com", examples=["gitlab.example.com"])
    """Where GitLab answers."""
    provider: ProviderArn | None = Field(None, examples=["arn:aws:iam::111122223333:oidc-provider/gitlab.example.com"])
    """Provider that the account has already. None makes it."""

    @property
    def address(self) -> str:
        """The issuer's address without its scheme."""
        return self.host


class CircleciProject(Settings):
    """One project of CircleCI."""

    id: Uuid
    """The project's id."""
    origin: Origin
    """The repository that it builds, as `vcs-origin` of its tokens has it."""


class CircleciPipelines(Settings):
    """CircleCI. Jobs send `CIRCLE_OIDC_TOKEN_V2`, whose subject names repository and branch."""

    organization: Uuid
    """The organization's id."""
    projects: Annotated[Tuple[CircleciProject], Field(min_length=1)]
    """Projects whose jobs may take the roles on."""
    branches: Tuple[Branch] = ("main",)
    """Branches whose jobs may deploy."""
    provider: ProviderArn | None = Field(
        None,
        examples=["arn:aws:iam::111122223333:oidc-provider/oidc.circleci.com/org/0f7c3f4e-1a2b-4c3d-8e4f-5a6b7c8d9e0f"],
    )
    """Provider that the account has already. None makes it."""

    @property
    def address(self) -> str:
        """The issuer's address without its scheme."""
        return f"oidc.circleci.com/org/{self.organization}"


class OidcDelivery(Settings):
    """Federation by OpenID Connect: a role that deploys from named branches, one that looks from pull requests."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("aws",)}

    kind: Literal["oidc"]
    """Roles for pipelines, by federation."""
    github: GithubPipelines | None = None
    """GitHub Actions."""
    gitlab: GitlabPipelines | None = None
    """GitLab CI."""
    circleci: CircleciPipelines | None = None
    """CircleCI."""
    preview: bool = True
    """Also make the role that only looks, for pull requests and branches that don't deploy."""
    deploy_policies: Annotated[Tuple[PolicyArn], Field(max_length=10)] = Field(
        (), examples=[["arn:aws:iam::111122223333:policy/mlops-prod-deploy-1"]]
    )
    """Policies of the deploying role: those that `groundwork iam` prints, made once by whoever may."""
    preview_policies: Annotated[Tuple[PolicyArn], Field(max_length=10)] = Field(
        (), examples=[["arn:aws:iam::111122223333:policy/mlops-prod-preview-1"]]
    )
    """Policies of the role that looks."""
    permission_boundary: PolicyArn | None = None
    """Policy that bounds these two. The platform's own boundary would keep the deployer from making roles."""


Delivery = Annotated[OidcDelivery, Field()]
