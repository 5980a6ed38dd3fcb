"""What keys, secrets, logs and audit cost."""

from collections.abc import Iterator

from infra.cost.model import Gap, Line
from infra.cost.view import View, number

DAYS = 30.4
STORED = 0.15
"""Log groups are charged for compressed storage: 15 % of what came in, in AWS's own examples
(https://aws.amazon.com/cloudwatch/pricing/)."""


def key(view: View) -> Iterator[Line | Gap]:
    yield view.line("KMS key", 1, "key", "kms_key")
    yield from view.assumed("kms_requests", "requests", "requests", "kms_request")


def secret(view: View) -> Iterator[Line | Gap]:
    yield view.line("secret", 1, "secret", "secret")
    yield from view.assumed("secret_requests", "requests", "requests", "secret_request")


def log_group(view: View) -> Iterator[Line | Gap]:
    """What comes in, and what is kept; for ever is priced as a year."""
    yield from view.assumed("log_gb", "logs", "GB", "logs_ingested_gb")
    months = (number(view.inputs.get("retentionInDays")) or 365) / DAYS
    kept = view.usage.of("log_gb", view.resource.name) * months * STORED
    if kept:
        yield view.line("logs kept", kept, "GB", "logs_stored_gb")


def trail(view: View) -> Iterator[Line | Gap]:
    """The first copy of management events is free; data events are not."""
    if view.inputs.get("advancedEventSelectors") or any(
        selector.get("dataResources") for selector in view.inputs.get("eventSelectors") or ()
    ):
        yield from view.assumed("trail_data_events", "data events", "events", "cloudtrail_data_event")


def recorder(view: View) -> Iterator[Line | Gap]:
    yield from view.assumed("config_items", "configuration items", "items", "config_item")


def config_rule(view: View) -> Iterator[Line | Gap]:
    yield from view.assumed("config_evaluations", "evaluations", "evaluations", "config_rule_evaluation")
