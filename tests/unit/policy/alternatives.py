"""What environments on AWS may choose, beside the examples of each kind."""

from typing import Any

_ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
_BOUNDED = {**_ACCOUNT, "permission_boundary": "arn:aws:iam::111122223333:policy/boundary"}

ON_AWS: dict[str, dict[str, Any]] = {
    "an audit with no more than it must": {"account": _ACCOUNT, "audit": {"kind": "cloudtrail"}},
    "an audit with all it can": {
        "account": _BOUNDED,
        "audit": {
            "kind": "cloudtrail",
            "lock": {"mode": "compliance", "days": 365},
            "data_events": True,
            "cloudwatch": True,
            "config": True,
        },
        "object_storage": {"kind": "s3"},
    },
    "an audit in another partition": {
        "account": {**_ACCOUNT, "region": "us-gov-west-1"},
        "audit": {"kind": "cloudtrail", "cloudwatch": True, "config": True},
    },
}
