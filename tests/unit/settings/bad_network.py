"""Networks on AWS that are wrong, and the exact words that say so."""

from tests.unit.settings.bad_documents import BadFile, E, environment

# ruff: noqa: E501 - a message is one line

ACCOUNT = 'account: {kind: aws, id: "111122223333", region: eu-central-1, zones: [a, b]}'


def _network(name: str, network: str, *says: str) -> BadFile:
    return environment(name, f"{ACCOUNT}\nnetwork: {network}", *says, by_schema=False)


ON_NETWORKS = (
    environment(
        "a network without an account",
        "network: {kind: vpc, cidr: 10.64.0.0/16}",
        f"3:15: {E}.network.kind: needs `account` of kind `aws`",
        by_schema=False,
    ),
    environment(
        "a network with a host's address",
        f"{ACCOUNT}\nnetwork: {{kind: vpc, cidr: 10.64.0.1/16}}",
        f"4:26: {E}.network.cidr: must be a range of IPv4 addresses in CIDR notation, like `10.64.0.0/16`",
        by_schema=False,
    ),
    environment(
        "a network of IPv6",
        f"{ACCOUNT}\nnetwork: {{kind: vpc, cidr: 'fd00::/56'}}",
        f"4:26: {E}.network.cidr: must be a range of IPv4 addresses in CIDR notation, like `10.64.0.0/16`",
    ),
    _network(
        "a network larger than AWS takes",
        "{kind: vpc, cidr: 10.64.0.0/15}",
        f"4:26: {E}.network.cidr: is too large: AWS takes a /16 at most",
    ),
    _network(
        "a network too small for its zones",
        "{kind: vpc, cidr: 10.64.0.0/23}",
        f"4:26: {E}.network.cidr: is too small for 2 zones: must be a /22 or larger",
    ),
    _network(
        "a network of somebody's addresses",
        "{kind: vpc, cidr: 198.51.0.0/16}",
        f"4:26: {E}.network.cidr: must lie in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10: other addresses are somebody's on the internet",
    ),
    _network(
        "a network over the cluster's Services",
        "{kind: vpc, cidr: 172.20.128.0/20}",
        f"4:26: {E}.network.cidr: overlaps 172.20.0.0/16, from which the cluster's Services have their addresses",
    ),
    _network(
        "a network over the company's",
        "{kind: vpc, cidr: 10.64.0.0/16, reserved: [10.0.0.0/10, 10.64.128.0/20]}",
        f"4:70: {E}.network.reserved[1]: overlaps `network.cidr`: what has an address in both is reached by neither",
    ),
    _network(
        "a network without a way to AWS",
        "{kind: vpc, cidr: 10.64.0.0/16, nat: none, endpoints: [ecr, sts, logs, sts, ec2]}\ndatabase: {kind: rds}",
        f"4:46: {E}.network.nat: leaves pods no way to their images: needs `registry` of kind `ecr` with a `pull_through_cache`",
        f"4:57: {E}.network.endpoints: lacks eks, eks-auth, elasticloadbalancing, secretsmanager: with `nat: none` there is no other way to them",
        f"4:85: {E}.network.endpoints[3]: is already in this list",
        f"5:16: {E}.database.kind: needs `cluster` of kind `eks` or `existing_eks`",
    ),
    _network(
        "a network without a way to images",
        "{kind: vpc, cidr: 10.64.0.0/16, nat: none, endpoints: [ecr, sts, logs, ec2, eks, eks-auth, elasticloadbalancing]}\nregistry: {kind: ecr}",
        f"4:46: {E}.network.nat: leaves pods no way to their images: needs `registry` of kind `ecr` with a `pull_through_cache`",
    ),
    _network(
        "subnets that can't be",
        """
          kind: vpc
          cidr: 10.64.0.0/20
          subnets:
            public: {eu-central-1a: 10.64.0.0/28, eu-central-1b: 10.64.0.0/24}
            private: {eu-central-1a: 10.65.0.0/24, eu-central-1c: 10.64.2.0/24}
            intra: {eu-central-1a: 10.64.3.0/27, eu-central-1b: 10.64.3.32/27}
        """,
        f"8:26: {E}.network.subnets.public.eu-central-1a: is too small: must be a /27 or larger",
        f"8:55: {E}.network.subnets.public.eu-central-1b: overlaps `network.subnets.public.eu-central-1a`",
        f"9:17: {E}.network.subnets.private: has no subnet in eu-central-1b, one of `account.zones`",
        f"9:27: {E}.network.subnets.private.eu-central-1a: lies outside `network.cidr`",
        f"9:56: {E}.network.subnets.private.eu-central-1c: is none of the account's zones (eu-central-1a, eu-central-1b)",
    ),
    _network(
        "an existing network without its subnets",
        """
          kind: existing_vpc
          vpc_id: vpc-0a1b2c3d4e5f60001
          cidr: 10.64.0.0/16
          private_subnet_ids: {eu-central-1a: subnet-0a1b2c3d4e5f60001}
          intra_subnet_ids: {eu-central-1a: subnet-0a1b2c3d4e5f60001, eu-central-1b: subnet-0a1b2c3d4e5f60002}
        """,
        f"8:15: {E}.network.private_subnet_ids: has no subnet in eu-central-1b, one of `account.zones`",
        f"9:34: {E}.network.intra_subnet_ids.eu-central-1a: is the subnet of `network.private_subnet_ids.eu-central-1a` too",
    ),
)
