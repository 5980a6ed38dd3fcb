"""Clusters on EKS that are wrong, and the exact words that say so."""

from tests.unit.settings.bad_documents import E, environment

# ruff: noqa: E501 - a message is one line

ON_EKS = (
    environment(
        "EKS without an account",
        'cluster: {kind: eks, deployer: "arn:aws:iam::111122223333:role/deployer"}',
        f"3:15: {E}.cluster.kind: needs `account` of kind `aws`",
        f"3:15: {E}.cluster.kind: needs `network` of kind `vpc` or `existing_vpc`",
        by_schema=False,
    ),
    environment(
        "an existing EKS cluster without an account",
        """
        cluster:
          kind: existing_eks
          name: ml
          endpoint: https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com
          certificate_authority: LS0tLS1CRUdJTg==
          security_group_id: sg-0123456789abcdef0
        """,
        f"4:7: {E}.cluster.kind: needs `account` of kind `aws`",
        by_schema=False,
    ),
    environment(
        "EKS that nobody may deploy to",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        cluster: {kind: eks}
        """,
        f"5:5: {E}.cluster.deployer: is missing: role that brings the environment up",
    ),
    environment(
        "a version of nobody's, and principals who can't be",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        cluster:
          kind: eks
          version: "1.29"
          deployer: arn:aws:iam::111122223333:role/deployer
          admins: ["arn:aws:iam::111122223333:role/deployer", "arn:aws:iam::444455556666:role/admins"]
          viewers: ["arn:aws:iam::111122223333:user/jo"]
        """,
        f"7:7: {E}.cluster.version: is no version of the catalog; known: 1.36, 1.35, 1.34, 1.33",
        f"9:16: {E}.cluster.admins[0]: has its rights already, by `deployer`; EKS takes one entry for a role",
        f"9:59: {E}.cluster.admins[1]: is of another account than `account.id`",
        f"10:17: {E}.cluster.viewers[0]: must be the ARN of an IAM role, like `arn:aws:iam::111122223333:role/platform`",
    ),
    environment(
        "an API server for everybody",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        cluster:
          kind: eks
          deployer: arn:aws:iam::111122223333:role/deployer
          public_access: [0.0.0.0/0, 10.0.0.0/8, "2001:db8::/32"]
        """,
        f"8:23: {E}.cluster.public_access[0]: is the whole internet: name the addresses of your own networks",
        f"8:34: {E}.cluster.public_access[1]: is private: from such addresses the API server is reached in its network",
        f"8:46: {E}.cluster.public_access[2]: must be of IPv4: the API server has no other public addresses",
        by_schema=False,
    ),
    environment(
        "pools that can't be",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1, zones: [a, b]}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        cluster:
          kind: eks
          deployer: arn:aws:iam::111122223333:role/deployer
          compute:
            kind: auto
            pools:
              - {name: system, families: [g6e], zones: [c]}
              - {name: gpu, gpu: true}
              - {name: gpu, gpu: true, instance_types: [m7i.large, g6e.2xlrge], families: [g6e]}
              - {name: held, capacity: reserved}
              - {name: arm, architecture: arm64, families: [m7i], capacity_reservation: cr-0123456789abcdef0}
              - {name: free, instance_types: [g6e.xlarge]}
        """,
        f"11:14: {E}.cluster.compute.pools[0].name: is the name of a pool of AWS's own",
        f"11:53: {E}.cluster.compute.pools[0].zones[0]: is none of `account.zones` (a, b)",
        f"12:25: {E}.cluster.compute.pools[1].gpu: needs `families` or `instance_types`: which GPUs",
        f"13:14: {E}.cluster.compute.pools[2].name: is the name of another one in this list",
        f"13:53: {E}.cluster.compute.pools[2].instance_types[0]: has no GPU; g6, g6e and p5 types have",
        f"13:64: {E}.cluster.compute.pools[2].instance_types[1]: is no EC2 instance type of the catalog; did you mean `g6e.2xlarge`?",
        f"13:77: {E}.cluster.compute.pools[2].families: has no meaning beside `instance_types`",
        f"14:26: {E}.cluster.compute.pools[3].capacity: needs `capacity_reservation`: what was reserved",
        f"15:57: {E}.cluster.compute.pools[4].families[0]: is x86_64, and the AMI is arm64",
        f"15:63: {E}.cluster.compute.pools[4].capacity_reservation: has no meaning with `capacity: on_demand`",
        f"16:43: {E}.cluster.compute.pools[5].instance_types[0]: has GPUs that anything could take the place of: say `gpu: true`",
        by_schema=False,
    ),
    environment(
        "groups that can't be",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        cluster:
          kind: eks
          deployer: arn:aws:iam::111122223333:role/deployer
          compute:
            kind: node_groups
            groups:
              - {name: gpu, gpu: true, instance_types: [g6e.2xlarge, m7g.large], min: 3, max: 1}
              - name: block
                gpu: true
                instance_types: [p4d.24xlarge, g6.xlarge]
                capacity: capacity_block
                capacity_reservation: cr-0123456789abcdef0
        """,
        f"10:9: {E}.cluster.compute.groups: must have one without `gpu`: the platform's own services run there",
        f"11:66: {E}.cluster.compute.groups[0].instance_types[1]: has no GPU; g6, g6e and p5 types have",
        f"11:86: {E}.cluster.compute.groups[0].max: is less than `min`",
        f"12:13: {E}.cluster.compute.groups[1].zones: must be one: a Capacity Block is in one zone",
        f"14:13: {E}.cluster.compute.groups[1].instance_types: must be one: a Capacity Block is of one instance type",
        by_schema=False,
    ),
    environment(
        "machines of two architectures",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        cluster:
          kind: eks
          deployer: arn:aws:iam::111122223333:role/deployer
          log_retention: 100
          compute: {kind: node_groups, groups: [{name: general, instance_types: [m7i.large, m7g.large]}]}
        """,
        f"8:7: {E}.cluster.log_retention: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653",
        f"9:89: {E}.cluster.compute.groups[0].instance_types[1]: is arm64, and the AMI is x86_64",
    ),
)
