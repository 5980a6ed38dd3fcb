"""Audit, delivery and backups of an account that are wrong, and the exact words that say so."""

from tests.unit.settings.bad_documents import E, environment

# ruff: noqa: E501 - a message is one line

IN_AN_ACCOUNT = (
    environment(
        "an audit of no account",
        """
        audit: {kind: cloudtrail}
        """,
        f"3:13: {E}.audit.kind: needs `account` of kind `aws`",
        by_schema=False,
    ),
    environment(
        "audit logs that go before their lock",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1, protection: "off"}
        audit: {kind: cloudtrail, expire_after: 90, lock: {mode: compliance}}
        """,
        f"4:31: {E}.audit.expire_after: is less than `lock.days`: nothing can be deleted that is still locked",
        f"4:56: {E}.audit.lock.mode: is `compliance`, so the bucket can't go before its days are over: `account.protection` must be on",
        by_schema=False,
    ),
    environment(
        "an audit whose bucket can't be named",
        """
        namespace_prefix: a-prefix-that-has-forty-three-characters-in
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        audit: {kind: cloudtrail, config: true}
        """,
        f"3:5: {E}.namespace_prefix: is too long: the bucket `a-prefix-that-has-forty-three-characters-in-this-111122223333-config` would have 68 characters, and S3 allows 63",
        by_schema=False,
    ),
    environment(
        "a delivery without pipelines",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        delivery: {kind: oidc}
        """,
        f"4:16: {E}.delivery.kind: names no pipelines: add `github`, `gitlab` or `circleci`",
        by_schema=False,
    ),
    environment(
        "pipelines that could be anybody's",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        delivery:
          kind: oidc
          github: {repositories: [example], branches: ["release/*"]}
          gitlab: {projects: []}
        """,
        f"6:31: {E}.delivery.github.repositories[0]: must be the repository as it stands in the token's subject after `repo:`, with the ids where GitHub puts them there, like `example/platform`",
        f"6:52: {E}.delivery.github.branches[0]: must be the name of a branch, without wildcards, like `main`",
        f"7:16: {E}.delivery.gitlab.projects: must have at least 1 item",
    ),
    environment(
        "pipelines that can't get in",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        delivery:
          kind: oidc
          github: {repositories: [example/platform], branches: []}
          gitlab:
            projects: [example/platform]
            host: gitlab.example.com
            provider: arn:aws:iam::111122223333:oidc-provider/gitlab.com
        """,
        f"6:50: {E}.delivery.github.branches: is empty: no branch could deploy",
        f"10:9: {E}.delivery.gitlab.provider: is for another issuer than `gitlab.example.com`",
        by_schema=False,
    ),
    environment(
        "backups of nothing",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        cluster: {kind: eks, deployer: "arn:aws:iam::111122223333:role/deployer"}
        backups: {kind: aws_backup, volumes: false}
        """,
        f"6:15: {E}.backups.kind: finds nothing to back up: no database on RDS, no buckets on S3, no volumes on EKS",
        by_schema=False,
    ),
    environment(
        "backups that AWS would not take",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1, protection: "off"}
        network: {kind: vpc, cidr: 10.64.0.0/16}
        cluster: {kind: eks, deployer: "arn:aws:iam::111122223333:role/deployer"}
        object_storage: {kind: s3}
        backups:
          kind: aws_backup
          daily: 7
          buckets: [artefacts]
          lock: {mode: compliance, min_days: 30}
          elsewhere: {region: eu-central-1, keep_days: 14}
        """,
        f"9:7: {E}.backups.daily: is less than `lock.min_days`, which is 30: the vault would take no such backup",
        f"10:17: {E}.backups.buckets[0]: is no bucket here; did you mean `artifacts`?",
        f"11:14: {E}.backups.lock.mode: is `compliance`, so the vault can't go before its days are over: `account.protection` must be on",
        f"12:19: {E}.backups.elsewhere.region: is the account's own region: copies must be in another",
        f"12:41: {E}.backups.elsewhere.keep_days: is less than `lock.min_days`, which is 30: the vault would take no such backup",
        by_schema=False,
    ),
)
