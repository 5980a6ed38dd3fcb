"""Whose credentials there are, and the clients that ask with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from infra.doctor.model import Check, Verdict
from infra.graph.model import Graph, Resource
from infra.settings import EnvironmentSettings
from infra.settings.capabilities import AwsAccount

if TYPE_CHECKING:
    import boto3

_SECONDS = 5
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired")
_UNKNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure")
_SERVICES = (
    "acm",
    "backup",
    "cloudtrail",
    "ec2",
    "ecr",
    "eks",
    "iam",
    "kms",
    "logs",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "service-quotas",
    "sts",
)


@dataclass(frozen=True)
class Account:
    """An account as it is asked about one environment."""

    settings: AwsAccount
    environment: str
    graph: Graph
    chosen: EnvironmentSettings | None = None
    """All of the stack's settings, for what names things that are there already."""
    clients: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def session(self) -> "boto3.Session":
        """The usual chain of credentials: environment, profile, SSO, role."""
        import boto3

        return boto3.Session(region_name=self.settings.region)

    def prepare(self) -> None:
        """Makes all clients: a session makes one at a time, and threads may use them afterwards."""
        for service in _SERVICES:
            self.client(service)

    def client(self, service: str) -> Any:
        """The service's client, with short timeouts."""
        if service not in self.clients:
            from botocore.config import Config

            config = Config(
                connect_timeout=_SECONDS, read_timeout=2 * _SECONDS, retries={"max_attempts": 3, "mode": "standard"}
            )
            self.clients[service] = self.session.client(service, config=config)  # type: ignore[call-overload]
        return self.clients[service]

    def pages(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """All items of a listing."""
        pages = self.client(service).get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(key) or ()]

    def declared(self, type_: str) -> list[Resource]:
        """The stack's resources of one type."""
        return [resource for resource in self.graph if resource.type == type_]

    def is_ours(self, tags: Iterable[Any]) -> bool:
        """Whether these tags, as AWS lists them, are of this very environment."""
        # Services spell it `Key`, `key` or `TagKey`.
        named = ({key.lower().removeprefix("tag"): value for key, value in tag.items()} for tag in tags)
        return any(tag == {"key": "groundwork:environment", "value": self.environment} for tag in named)


@dataclass(frozen=True)
class Identity:
    """Who asks."""

    checks: tuple[Check, ...]
    usable: bool
    """Whether the account can be asked."""
    arn: str = ""


def identify(account: Account) -> Identity:
    """Asks STS whose credentials these are. They must be of the stack's own account."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ProfileNotFound,
        SSOError,
        TokenRetrievalError,
    )

    try:
        caller = account.client("sts").get_caller_identity()
    except NoCredentialsError:
        return _not_usable(
            "there are no AWS credentials here", "AWS_PROFILE=... groundwork doctor ..., or `aws sso login`"
        )
    except ProfileNotFound as error:
        return _not_usable(str(error), "`aws configure list-profiles` shows those that there are")
    except (SSOError, TokenRetrievalError):
        return _not_usable("the single sign-on session is over", "`aws sso login`")
    except ClientError as error:
        return _not_usable(*_refused(error.response.get("Error", {})))
    except BotoCoreError as error:
        return Identity((Check("account", "credentials", Verdict.UNKNOWN, f"AWS does not answer: {error}"),), False)
    mine = Check("account", "credentials", Verdict.OK, caller["Arn"])
    if caller["Account"] != account.settings.id:
        message = f"the credentials are of account {caller['Account']}, the stack is in {account.settings.id}"
        foreign = Check("account", "id", Verdict.PROBLEM, message, "use a profile or role of the stack's account")
        return Identity((mine, foreign), False, caller["Arn"])
    return Identity((mine, Check("account", "id", Verdict.OK, account.settings.id)), True, caller["Arn"])


def _refused(said: Mapping[str, Any]) -> tuple[str, str]:
    code = said.get("Code", "")
    if code in _EXPIRED:
        return "the AWS credentials have expired", "get new ones: `aws sso login`, or assume the role again"
    if code in _UNKNOWN:
        return "AWS doesn't know these credentials", "check AWS_PROFILE and AWS_ACCESS_KEY_ID"
    return f"AWS refuses the credentials: {code}: {said.get('Message', '')}", ""


def _not_usable(message: str, remedy: str) -> Identity:
    return Identity((Check("account", "credentials", Verdict.PROBLEM, message, remedy),), False)
