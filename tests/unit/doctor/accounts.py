"""Accounts on simulated APIs, and what is said of them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pulumi_aws as aws
from botocore.stub import Stubber

from infra.doctor.account import Inquiry, answer
from infra.doctor.account.session import Account
from infra.graph import Graph, capture
from infra.settings import EnvironmentSettings, Stack
from infra.settings.capabilities import AwsAccount
from tests.unit.settings.good import complete

REGION = "eu-central-1"
MOTO_ACCOUNT = "123456789012"


def settings(**changes: Any) -> AwsAccount:
    """The account that moto simulates, with two zones."""
    return AwsAccount.model_validate(
        {"kind": "aws", "id": MOTO_ACCOUNT, "region": REGION, "zones": ("a", "b"), **changes}
    )


def chosen(**capabilities: Any) -> EnvironmentSettings:
    """An environment in that account."""
    account = {"kind": "aws", "id": MOTO_ACCOUNT, "region": REGION, "zones": ["a", "b"]}
    return EnvironmentSettings.model_validate(complete({"account": account, **capabilities}))


def stack(**capabilities: Any) -> Stack:
    """The same as a stack, `prod`."""
    return Stack("prod", Path("Pulumi.prod.yaml"), chosen(**capabilities))


def account(program: Callable[[], object] | None = None, /, **clients: Any) -> Account:
    """The account, asked for what the program declares; services that are not given as clients are moto's."""
    graph = capture("prod", program) if program else Graph("prod", ())
    asked = Account(settings(), "prod", graph, clients=dict(clients))
    asked.__dict__["session"] = session()
    return asked


@cache
def session() -> boto3.Session:
    """One for all: it reads the services' models once."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)


def client(service: str) -> Any:
    """A client to prepare the account with."""
    return session().client(service)  # type: ignore[call-overload]


def stub(service: str, *answers: tuple[str, Any]) -> Any:
    """A client that answers these operations, or refuses them with a code, in this order."""
    made = client(service)
    stubber = Stubber(made)
    for operation, response in answers:
        if isinstance(response, str):
            stubber.add_client_error(operation, service_error_code=response)
        else:
            stubber.add_response(operation, response)
    stubber.activate()
    return made


def checks(inquiry: Any, asked: Account) -> list[tuple[str, str]]:
    """Verdicts and messages of one question."""
    return [(check.verdict.value, check.message) for check in answer(Inquiry("area", "subject", inquiry), asked)]


def nodes() -> None:
    """A program with three node groups: general, with GPUs, and spot."""
    for name, types, capacity, sizes in (
        ("general", ["m7i.xlarge"], "ON_DEMAND", (2, 6)),
        ("gpu", ["g6e.2xlarge"], "ON_DEMAND", (0, 4)),
        ("cheap", ["p5.48xlarge"], "SPOT", (0, 1)),
    ):
        aws.eks.NodeGroup(
            name,
            cluster_name="mlops-prod",
            node_role_arn="arn:aws:iam::111122223333:role/nodes",
            subnet_ids=["subnet-1"],
            instance_types=types,
            capacity_type=capacity,
            scaling_config={"min_size": sizes[0], "desired_size": sizes[0], "max_size": sizes[1]},
        )
