"""IAM policy documents that say why where they are wide."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

Condition = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy.

    A `*` anywhere in its actions or resources needs a `reason`; without one the document can't be made.
    """

    sid: str
    """Letters and digits; what the statement is for."""
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]] = ()
    """ARNs. None in trust policies and in those of resources that mean themselves."""
    principals: Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]] = field(default_factory=dict)
    """`{"Service": "…"}`, `{"AWS": "arn:…"}`, `{"Federated": "arn:…"}` or `{"*": "*"}`; none in identity policies."""
    conditions: Condition = field(default_factory=dict)
    effect: str = "Allow"
    reason: str = ""
    """Why a `*` is as narrow as it can be."""


def policy_document(*statements: Statement) -> pulumi.Output[str]:
    """The statements as IAM's JSON (version 2012-10-17). Raises `ValueError` for a `*` without a reason."""
    bodies = [_body(statement) for statement in statements]
    reasons = [bool(statement.reason) for statement in statements]

    def written(resolved: list[dict[str, Any]]) -> str:
        for body, reasoned in zip(resolved, reasons, strict=True):
            if not reasoned and _is_wide(body):
                raise ValueError(f"statement {body['Sid']} has a wildcard and no reason for it")
        return json.dumps({"Version": "2012-10-17", "Statement": resolved}, separators=(",", ":"))

    return pulumi.Output.all(*bodies).apply(written)


def trust_document(service: str, *, source_account: str | None = None) -> pulumi.Output[str]:
    """Lets one AWS service take the role on; with `source_account` only on behalf of that account's resources."""
    only = {"StringEquals": {"aws:SourceAccount": source_account}} if source_account else {}
    return policy_document(
        Statement(sid="Trust", actions=["sts:AssumeRole"], principals={"Service": service}, conditions=only)
    )


def _body(statement: Statement) -> dict[str, Any]:
    body: dict[str, Any] = {
        "Sid": statement.sid,
        "Effect": statement.effect,
        "Principal": _principal(statement.principals),
        "Action": _one_or_many(statement.actions),
        "Resource": _one_or_many(statement.resources),
        "Condition": {test: dict(keys) for test, keys in statement.conditions.items()},
    }
    return {key: value for key, value in body.items() if value}


def _one_or_many(values: Sequence[Any]) -> Any:
    """One alone as itself, as S3 gives policies back: what was written is what is read."""
    return values[0] if len(values) == 1 else list(values)


def _principal(principals: Mapping[str, Any]) -> Any:
    return "*" if "*" in principals else dict(principals)


def _is_wide(body: Mapping[str, Any]) -> bool:
    """Denials are meant to be wide."""
    if body["Effect"] == "Deny":
        return False
    texts = [text for key in ("Action", "Resource") for text in _many(body.get(key, []))]
    return any("*" in text for text in texts) or body.get("Principal") == "*"


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
