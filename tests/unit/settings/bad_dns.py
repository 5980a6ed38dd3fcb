"""Names on AWS that are wrong, and the exact words that say so."""

import textwrap

from tests.unit.settings.bad_documents import BadFile, E, environment

# ruff: noqa: E501 - a message is one line

_BEFORE = """\
account: {kind: aws, id: "111122223333", region: eu-central-1, zones: [a, b]}
network: {kind: vpc, cidr: 10.64.0.0/16}
cluster:
  kind: existing_eks
  name: ml
  endpoint: https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com
  certificate_authority: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURQ==
  security_group_id: sg-0a1b2c3d4e5f60001
"""


def _dns(name: str, dns: str, *says: str, by_schema: bool = False) -> BadFile:
    return environment(name, _BEFORE + textwrap.dedent(dns).strip("\n"), *says, by_schema=by_schema)


OF_NAMES = (
    environment(
        "names of nothing",
        "dns: {kind: route53, domain: ml.example.com}",
        f"3:11: {E}.dns.kind: needs `account` of kind `aws`",
        f"3:11: {E}.dns.kind: needs `cluster` of kind `eks` or `existing_eks`",
        f"3:11: {E}.dns.kind: needs `network` of kind `vpc` or `existing_vpc`",
        by_schema=False,
    ),
    _dns(
        "names that can't be",
        """
        dns: {kind: existing_zone, domain: example, zone_id: example.com, certificate_arn: arn:aws:iam::111122223333:server-certificate/ml}
        """,
        f"11:32: {E}.dns.domain: must be a domain of at most 64 characters, like `ml.example.com`",
        f"11:49: {E}.dns.zone_id: must be the id of a zone on Route 53, like `Z0123456789ABCDEFGHIJ`",
        f"11:71: {E}.dns.certificate_arn: must be the ARN of a certificate of ACM, like `arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f`",
        by_schema=True,
    ),
    _dns(
        "a delegation that is none",
        "dns: {kind: route53, domain: ml.example.com, parent_zone_id: Z0123456789ABCDEFGHIJ, delegated: false}",
        f"11:89: {E}.dns.delegated: has no meaning beside `parent_zone_id`, which delegates the domain",
    ),
    _dns(
        "a certificate of another region, and hosts of another domain",
        """
        dns:
          kind: existing_zone
          domain: ml.example.com
          zone_id: Z0123456789ABCDEFGHIJ
          certificate_arn: arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d
        tracking: {hosts: [example.com, a.b.ml.example.com]}
        """,
        f"15:7: {E}.dns.certificate_arn: is of another account or region: a load balancer takes none from there",
        f"16:16: {E}.tracking.hosts: has no name that `dns` is for: `ml.example.com`, or one label below it",
    ),
    _dns(
        "a load balancer for everybody",
        """
        dns:
          kind: route53
          domain: ml.example.com
          load_balancer: {scheme: internet, allowed_addresses: [0.0.0.0/0, 10.1.0.0/16, 203.0.113.0/24, 203.0.113.0/24]}
        """,
        f"14:61: {E}.dns.load_balancer.allowed_addresses[0]: is the whole internet: name the addresses of your own networks",
        f"14:72: {E}.dns.load_balancer.allowed_addresses[1]: is private: nobody comes from there over the internet",
        f"14:101: {E}.dns.load_balancer.allowed_addresses[3]: is already in this list",
    ),
    _dns(
        "a load balancer for nobody",
        "dns: {kind: route53, domain: ml.example.com, load_balancer: {scheme: internet}}",
        f"11:50: {E}.dns.load_balancer.allowed_addresses: must name who may connect from the internet",
    ),
)
