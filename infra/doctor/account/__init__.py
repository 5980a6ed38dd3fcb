"""The AWS account: who asks, and then everything that it would refuse. Every call only reads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from infra.doctor.account.session import Account, Identity, identify
from infra.doctor.model import Check, Verdict
from infra.graph.model import Graph
from infra.settings import Stack

_DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
)
_PARALLEL = 8


class Inquiry(NamedTuple):
    """One question to the account."""

    area: str
    subject: str
    ask: Callable[[Account], Iterator[Check]]


def inquiries() -> tuple[Inquiry, ...]:
    """All of them, in the order in which they are told."""
    from infra.doctor.account import domain, existing, names, offers, permissions, quotas, vcpus

    return (
        Inquiry("region", "zones", offers.zones),
        Inquiry("network", "existing VPC", existing.network),
        Inquiry("cluster", "existing cluster", existing.cluster),
        Inquiry("dns", "zone", domain.zone),
        Inquiry("dns", "certificate", domain.certificate),
        Inquiry("versions", "EKS", offers.kubernetes),
        Inquiry("versions", "instance types", offers.instance_types),
        Inquiry("versions", "database", offers.databases),
        *(Inquiry("quotas", quota.subject, quota.ask) for quota in quotas.QUOTAS),
        Inquiry("quotas", "vCPUs", vcpus.ask),
        *(Inquiry("names", kind.subject, kind.ask) for kind in names.KINDS),
        Inquiry("permissions", "deployer", permissions.deployment),
        Inquiry("permissions", "service-linked roles", permissions.service_linked_roles),
    )


def examine(stack: Stack, graph: Graph, *, offline: bool) -> Iterator[Check]:
    """Asks the account, if there are credentials for it; says so if there are none."""
    if offline:
        yield Check("account", "credentials", Verdict.UNKNOWN, "offline: nothing was asked of the account")
        return
    settings = stack.settings.account
    if settings is None:
        return
    account = Account(settings, stack.name, graph, stack.settings)
    identity = identify(account)
    yield from identity.checks
    if not identity.usable:
        yield Check("account", "everything else", Verdict.UNKNOWN, f"{_topics()}: without its credentials nobody knows")
        return
    yield from _asked(account, identity)


def _topics() -> str:
    return ", ".join(dict.fromkeys(inquiry.area for inquiry in inquiries()))


def _asked(account: Account, identity: Identity) -> Iterator[Check]:
    questions = inquiries()
    account.prepare()
    with ThreadPoolExecutor(_PARALLEL) as pool:
        for checks in pool.map(lambda inquiry: answer(inquiry, account), questions):
            yield from checks


def answer(inquiry: Inquiry, account: Account) -> list[Check]:
    """What one question gives. That an account may not be asked, or doesn't answer, is no problem of its own."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    from infra.doctor.account.quotas import UnknownQuota

    try:
        return list(inquiry.ask(account))
    except ClientError as error:
        return [Check(inquiry.area, inquiry.subject, Verdict.UNKNOWN, _refusal(error))]
    except UnknownQuota as error:
        return [Check(inquiry.area, inquiry.subject, Verdict.UNKNOWN, str(error))]
    except ResponseParserError:
        return [Check(inquiry.area, inquiry.subject, Verdict.UNKNOWN, "what answers is not AWS's API: a proxy?")]
    except BotoCoreError as error:
        return [Check(inquiry.area, inquiry.subject, Verdict.UNKNOWN, f"no answer: {error}")]


def _refusal(error: Any) -> str:
    said = error.response.get("Error", {})
    if said.get("Code") in _DENIED:
        return f"these credentials may not ask for it ({error.operation_name})"
    message = str(said.get("Message", "")).strip().partition("\n")[0]
    return f"{error.operation_name} was answered by {said.get('Code')}: {message}"
