"""The environment's domain: the zones that it is put into, and a certificate that is there already."""

from collections.abc import Iterator

from infra.doctor.account.session import Account
from infra.doctor.model import Check, Verdict
from infra.settings.capabilities import Dns, ExistingZoneDns, Route53Dns


def zone(account: Account) -> Iterator[Check]:
    """Whether the zone that the names go into, or that leads to the new one, is there and is the right one."""
    chosen = _chosen(account)
    if isinstance(chosen, ExistingZoneDns):
        yield from _zone(account, chosen.zone_id, chosen.domain, issued=chosen.certificate_arn is None)
    elif isinstance(chosen, Route53Dns) and chosen.parent_zone_id:
        yield from _zone(account, chosen.parent_zone_id, chosen.domain, issued=True)


def certificate(account: Account) -> Iterator[Check]:
    """Whether the certificate is issued, and for these names."""
    chosen = _chosen(account)
    if not isinstance(chosen, ExistingZoneDns) or chosen.certificate_arn is None:
        return
    client = account.client("acm")
    try:
        found = client.describe_certificate(CertificateArn=chosen.certificate_arn)["Certificate"]
    except client.exceptions.ResourceNotFoundException:
        yield Check("dns", "certificate", Verdict.PROBLEM, f"there is none of this ARN in {account.settings.region}")
        return
    names = {found["DomainName"], *(found.get("SubjectAlternativeNames") or ())}
    missing = {chosen.domain, f"*.{chosen.domain}"} - names
    if found["Status"] != "ISSUED":
        yield Check("dns", "certificate", Verdict.PROBLEM, f"is {found['Status']}, not issued")
    elif missing:
        message = f"is for {', '.join(sorted(names))}, not for {', '.join(sorted(missing))}"
        yield Check("dns", "certificate", Verdict.PROBLEM, message)
    else:
        yield Check("dns", "certificate", Verdict.OK, f"is issued for {', '.join(sorted(names))}")


def _chosen(account: Account) -> Dns | None:
    return account.chosen.dns if account.chosen else None


def _zone(account: Account, zone_id: str, domain: str, *, issued: bool) -> Iterator[Check]:
    client = account.client("route53")
    try:
        found = client.get_hosted_zone(Id=zone_id)["HostedZone"]
    except client.exceptions.NoSuchHostedZone:
        yield Check("dns", zone_id, Verdict.PROBLEM, "there is no such zone in this account")
        return
    name = found["Name"].rstrip(".")
    if domain != name and not domain.endswith(f".{name}"):
        yield Check("dns", zone_id, Verdict.PROBLEM, f"is the zone of {name}, which {domain} is not part of")
    elif issued and found.get("Config", {}).get("PrivateZone"):
        message = f"{name} is a private zone: no certificate can be issued by it"
        yield Check("dns", zone_id, Verdict.PROBLEM, message, "name one in `dns.certificate_arn`")
    else:
        yield Check("dns", zone_id, Verdict.OK, f"is the zone of {name}")
