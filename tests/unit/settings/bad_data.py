"""Storage, registry and database on AWS that are wrong, and the exact words that say so."""

from tests.unit.settings.bad_documents import E, environment

# ruff: noqa: E501 - a message is one line

_CLUSTER = (
    "cluster: {kind: existing_eks, name: ml, security_group_id: sg-0123456789abcdef0, "
    "endpoint: https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com, "
    "certificate_authority: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURQ==}\n"
)

BAD_DATA = (
    environment(
        "S3 without an account",
        "object_storage: {kind: s3}",
        f"3:22: {E}.object_storage.kind: needs `account` of kind `aws`",
        f"3:22: {E}.object_storage.kind: needs `cluster` of kind `eks` or `existing_eks`",
        by_schema=False,
    ),
    environment(
        "buckets on S3 that can't be",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        object_storage:
          kind: s3
          buckets: [logs, vision, vision]
          lifecycle:
            artifacts: {move_after: 7, move_to: infrequent-access}
            data: {expire_after: 20}
          clients:
            - {namespace: team-vision, service_account: training, reads: [artefacts], writes: [backups]}
            - {namespace: team-vision, service_account: training}
            - {namespace: mlops-tracking, service_account: tracking, reads: [data]}
          replication: {region: eu-central-1}
        """
        + _CLUSTER,
        f"6:17: {E}.object_storage.buckets[0]: is a name that the platform needs for itself",
        f"6:31: {E}.object_storage.buckets[2]: is already in this list",
        f"8:21: {E}.object_storage.lifecycle.artifacts.move_after: must be at least 30 for `infrequent-access`",
        f"9:16: {E}.object_storage.lifecycle.data.expire_after: must be more than `move_after`, or nothing ever moves",
        f"11:71: {E}.object_storage.clients[0].reads[0]: is no bucket here; did you mean `artifacts`?",
        f"11:92: {E}.object_storage.clients[0].writes[0]: is no bucket here; known: data, logs, vision, vision",
        f"12:11: {E}.object_storage.clients[1]: uses no bucket: name one in `reads` or `writes`",
        f"12:36: {E}.object_storage.clients[1].service_account: is already in this list: one entry names all buckets of these pods",
        f"13:12: {E}.object_storage.clients[2].namespace: is the platform's own: its pods have their roles already",
        f"14:21: {E}.object_storage.replication.region: is the account's own region: copies must be in another",
        by_schema=False,
    ),
    environment(
        "names too long for S3",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        namespace_prefix: a-prefix-that-has-forty-characters-here
        object_storage: {kind: s3}
        """
        + _CLUSTER,
        f"4:5: {E}.namespace_prefix: is too long: the bucket `a-prefix-that-has-forty-characters-here-this-111122223333-artifacts` would have 67 characters, and S3 allows 63",
        by_schema=False,
    ),
    environment(
        "a registry on AWS that can't be",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        registry:
          kind: ecr
          repositories: [training, quay/training, training]
          pull_through_cache:
            upstreams: [quay.io, docker.io, quay.io]
            credentials:
              quay.io: arn:aws:secretsmanager:eu-central-1:111122223333:secret:ecr-pullthroughcache/quay-a1b2c3
              ghcr.io: arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/github-a1b2c3
        """,
        f"6:32: {E}.registry.repositories[1]: is where ECR caches another registry",
        f"6:47: {E}.registry.repositories[2]: is already in this list",
        f"8:30: {E}.registry.pull_through_cache.upstreams[1]: needs an account: `credentials` must name its secret for `docker.io`",
        f"8:41: {E}.registry.pull_through_cache.upstreams[2]: is already in this list",
        f"10:11: {E}.registry.pull_through_cache.credentials.quay.io: needs none; those that do: docker.io, ghcr.io",
        f"11:11: {E}.registry.pull_through_cache.credentials.ghcr.io: must be a secret of the environment's own account and region",
        by_schema=False,
    ),
    environment(
        "a repository in capitals",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        registry: {kind: ecr, repositories: [Training]}
        """,
        f"4:42: {E}.registry.repositories[0]: must be a repository's name: lower-case letters and digits, with single `.`, `_`, `-` or `/` between them, like `serving/vision`",
    ),
    environment(
        "names too long for a cache",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        namespace_prefix: a-prefix-that-is
        registry: {kind: ecr, pull_through_cache: {}}
        """,
        f"5:27: {E}.registry.pull_through_cache.upstreams[2]: can't be cached: the prefix `a-prefix-that-is-this/ecr-public` would have 32 characters, and ECR allows 30; choose a shorter `namespace_prefix`",
        by_schema=False,
    ),
    environment(
        "RDS without a network",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        database: {kind: rds}
        """
        + _CLUSTER,
        f"4:16: {E}.database.kind: needs `network` of kind `vpc` or `existing_vpc`",
        by_schema=False,
    ),
    environment(
        "a database on RDS that can't be",
        """
        account: {kind: aws, id: "111122223333", region: il-central-1, zones: [a, b]}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        database:
          kind: rds
          instance_class: db.m7g.larg
          storage: 100
          storage_limit: 105
        """
        + _CLUSTER,
        f"5:5: {E}.database.ca_certificate: is missing: the catalog knows no certificate of RDS in il-central-1; AWS's is at https://truststore.pki.rds.amazonaws.com",
        f"7:7: {E}.database.instance_class: is no RDS instance class for PostgreSQL; did you mean `db.m7g.large`?",
        f"9:7: {E}.database.storage_limit: must be at least 111: a tenth more than `storage`",
        by_schema=False,
    ),
    environment(
        "windows that are none",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        database: {kind: rds, maintenance_window: "sun:03:00-sun:03:15"}
        """
        + _CLUSTER,
        f"5:27: {E}.database.maintenance_window: must be two times of the week, half an hour apart or more, like `sun:03:00-sun:04:00`",
        by_schema=False,
    ),
    environment(
        "a name that RDS refuses",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        database: {kind: rds}
        namespace_prefix: ml--ops
        """
        + _CLUSTER,
        f"6:5: {E}.namespace_prefix: makes `ml--ops-this`: RDS takes no name with two hyphens in a row",
        by_schema=False,
    ),
)
