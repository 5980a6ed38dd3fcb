"""Zones and certificates that the environment's domain needs."""

from dataclasses import replace
from typing import Any

import pytest

from infra.doctor.account import domain
from infra.settings.capabilities import ExistingZoneDns, Route53Dns
from tests.unit.doctor.accounts import account, checks, chosen, client, stub

ARN = "arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d"


def _zone(name: str, **options: Any) -> str:
    made = client("route53").create_hosted_zone(Name=name, CallerReference=name, **options)["HostedZone"]["Id"]
    return str(made).rpartition("/")[2]


def _said(dns: ExistingZoneDns | Route53Dns) -> list[tuple[str, str]]:
    return checks(domain.zone, replace(account(), chosen=chosen().model_copy(update={"dns": dns})))


def _existing(zone_id: str, name: str = "ml.example.com", arn: str | None = None) -> ExistingZoneDns:
    return ExistingZoneDns.model_construct(kind="existing_zone", domain=name, zone_id=zone_id, certificate_arn=arn)


def test_a_zone_that_holds_the_domain_is_fine(moto: None) -> None:
    zone = _zone("example.com")
    assert _said(_existing(zone)) == [("ok", "is the zone of example.com")]
    own = Route53Dns.model_construct(kind="route53", domain="ml.example.com", parent_zone_id=zone)
    assert _said(own) == [("ok", "is the zone of example.com")]


def test_a_zone_of_another_name_is_a_problem(moto: None) -> None:
    zone = _zone("example.com")
    assert _said(_existing(zone, "notexample.com")) == [
        ("problem", "is the zone of example.com, which notexample.com is not part of")
    ]


def test_a_zone_that_is_not_there_is_a_problem(moto: None) -> None:
    assert _said(_existing("Z0123456789ABCDEFGHIJ")) == [("problem", "there is no such zone in this account")]


def test_no_certificate_is_issued_by_a_private_zone(moto: None) -> None:
    zone = _zone("example.com", HostedZoneConfig={"PrivateZone": True}, VPC={"VPCRegion": "eu-central-1", "VPCId": "v"})
    assert _said(_existing(zone))[0][0] == "problem"
    assert _said(_existing(zone, arn=ARN)) == [("ok", "is the zone of example.com")]


@pytest.mark.parametrize(
    ("answer", "verdict", "says"),
    [
        (("ISSUED", ["ml.example.com", "*.ml.example.com"]), "ok", "is issued for *.ml.example.com, ml.example.com"),
        (("PENDING_VALIDATION", []), "problem", "is PENDING_VALIDATION, not issued"),
        (("ISSUED", []), "problem", "is for ml.example.com, not for *.ml.example.com"),
        ("ResourceNotFoundException", "problem", "there is none of this ARN in eu-central-1"),
    ],
)
def test_a_certificate_is_issued_for_these_names(answer: Any, verdict: str, says: str) -> None:
    if not isinstance(answer, str):
        status, names = answer
        found = {"DomainName": "ml.example.com", "SubjectAlternativeNames": names, "Status": status}
        answer = {"Certificate": {key: value for key, value in found.items() if value}}
    asked = account(acm=stub("acm", ("describe_certificate", answer)))
    dns = chosen().model_copy(update={"dns": _existing("Z0123456789ABCDEFGHIJ", arn=ARN)})
    assert checks(domain.certificate, replace(asked, chosen=dns)) == [(verdict, says)]
