"""What environments on AWS may choose, beside the examples of each kind."""

from typing import Any

_ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
_BOUNDED = {**_ACCOUNT, "permission_boundary": "arn:aws:iam::111122223333:policy/boundary"}
_GITHUB = {"repositories": ["example/platform"], "environments": ["prod"]}
_ENDPOINTS = ["ecr", "sts", "logs", "ec2", "eks", "eks-auth", "elasticloadbalancing", "secretsmanager"]

ON_AWS: dict[str, dict[str, Any]] = {
    "a budget that tells nobody but a topic": {
        "account": {**_ACCOUNT, "protection": "off"},
        "budget": {"kind": "aws", "monthly_usd": 100, "topic": True, "activate_tags": True},
    },
    "people from the internet, by names in a zone that is there": {
        "account": _ACCOUNT,
        "network": {"kind": "vpc", "cidr": "10.64.0.0/16"},
        "cluster": {"kind": "eks", "deployer": "arn:aws:iam::111122223333:role/deployer"},
        "dns": {
            "kind": "existing_zone",
            "domain": "ml.example.com",
            "zone_id": "Z0123456789ABCDEFGHIJ",
            "load_balancer": {"scheme": "internet", "allowed_addresses": ["203.0.113.0/24"]},
        },
    },
    "a network without a way out": {
        "account": {**_BOUNDED, "zones": ["a", "b"]},
        "network": {"kind": "vpc", "cidr": "172.16.0.0/22", "nat": "none", "endpoints": _ENDPOINTS},
        "registry": {"kind": "ecr", "pull_through_cache": {}},
    },
    "a network with one way out": {
        "account": _ACCOUNT,
        "network": {"kind": "vpc", "cidr": "10.64.0.0/16", "nat": "single", "endpoints": []},
    },
    "an audit with no more than it must": {"account": _ACCOUNT, "audit": {"kind": "cloudtrail"}},
    "an audit with all it can": {
        "account": {**_BOUNDED, "zones": ["a", "b"]},
        "audit": {
            "kind": "cloudtrail",
            "lock": {"mode": "compliance", "days": 365},
            "data_events": True,
            "cloudwatch": True,
            "config": True,
        },
        "object_storage": {"kind": "s3"},
    },
    "buckets on S3, copied elsewhere, under a registry and a database in the cluster": {
        "account": {**_BOUNDED, "zones": ["a", "b"]},
        "object_storage": {"kind": "s3", "replication": {"region": "eu-west-1"}},
    },
    "a database with a standby, watched closely": {
        "profile": "large",
        "account": {**_BOUNDED, "zones": ["a", "b"]},
        "database": {"kind": "rds", "performance_insights": True, "enhanced_monitoring": True},
    },
    "a database of one zone that may go": {
        "account": {**_ACCOUNT, "zones": ["a", "b"], "protection": "off"},
        "database": {"kind": "rds"},
    },
    "a registry that scans all the time and caches others": {
        "account": _BOUNDED,
        "registry": {"kind": "ecr", "enhanced_scanning": True, "pull_through_cache": {}},
    },
    "an audit in another partition": {
        "account": {**_ACCOUNT, "region": "us-gov-west-1"},
        "audit": {"kind": "cloudtrail", "cloudwatch": True, "config": True},
    },
    "pipelines that bring nothing": {
        "account": _BOUNDED,
        "delivery": {"kind": "oidc", "github": _GITHUB, "preview": False},
        "audit": {"kind": "cloudtrail"},
    },
    "backups with all they can": {
        "account": _BOUNDED,
        "object_storage": {"kind": "s3", "buckets": ["vision"]},
        "network": {"kind": "vpc", "cidr": "10.64.0.0/16"},
        "cluster": {"kind": "eks", "deployer": "arn:aws:iam::111122223333:role/deployer"},
        "backups": {
            "kind": "aws_backup",
            "weekly": 90,
            "monthly": 365,
            "buckets": ["artifacts", "vision"],
            "lock": {"mode": "compliance", "min_days": 14},
            "elsewhere": {"region": "eu-west-1"},
            "emails": ["platform@example.com"],
        },
    },
    "backups that anybody who may can delete": {
        "account": {**_ACCOUNT, "zones": ["a", "b"], "protection": "off"},
        "object_storage": {"kind": "s3"},
        "backups": {"kind": "aws_backup", "buckets": ["data"]},
    },
}
