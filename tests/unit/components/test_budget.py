"""What a budget on AWS promises: alerts before the money is gone, to whom they were meant for."""

import json
from typing import Any

from infra.graph import Graph
from tests.unit.components.environment import environment, of, output

ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1", "tags": {"cost-center": "ml"}}


def budget(**settings: Any) -> Graph:
    return environment(account=ACCOUNT, budget={"kind": "aws", "monthly_usd": 5000, **settings})


def alerts(graph: Graph) -> set[tuple[str, int]]:
    return {
        (alert["notificationType"], int(alert["threshold"]))
        for alert in of(graph, "Budget")["budget"].inputs["notifications"]
        if alert["comparisonOperator"] == "GREATER_THAN" and alert["thresholdType"] == "PERCENTAGE"
    }


def test_it_alerts_on_what_is_spent_and_on_what_will_be() -> None:
    graph = budget(emails=["platform@example.com"])
    inputs = of(graph, "Budget")["budget"].inputs
    assert (inputs["limitAmount"], inputs["limitUnit"], inputs["timeUnit"]) == ("5000", "USD", "MONTHLY")
    assert alerts(graph) == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    assert {tuple(alert["subscriberEmailAddresses"]) for alert in inputs["notifications"]} == {
        ("platform@example.com",)
    }
    assert inputs["accountId"] == ACCOUNT["id"]


def test_thresholds_are_a_matter_of_settings() -> None:
    graph = budget(emails=["platform@example.com"], actual=[50], forecast=[90, 120])
    assert alerts(graph) == {("ACTUAL", 50), ("FORECASTED", 90), ("FORECASTED", 120)}


def test_credits_hide_nothing() -> None:
    types = of(budget(topic=True), "Budget")["budget"].inputs["costTypes"]
    assert types["includeCredit"] is False and types["includeRefund"] is False


def test_the_whole_account_counts_or_this_environment_alone() -> None:
    assert "costFilters" not in of(budget(topic=True), "Budget")["budget"].inputs
    filters = of(budget(topic=True, scope="environment"), "Budget")["budget"].inputs["costFilters"]
    assert filters == [{"name": "TagKeyValue", "values": ["user:groundwork:environment$local"]}]


def test_a_topic_is_encrypted_and_budgets_of_this_account_alone_publish() -> None:
    graph = budget(topic=True)
    topic, key = of(graph, "Topic")["budget-alerts"], of(graph, "Key")["budget-alerts"]
    assert output(graph, "budget_topic_arn") == topic.outputs["arn"]
    assert topic.inputs["kmsMasterKeyId"] == key.outputs["arn"]
    subscribers = [a["subscriberSnsTopicArns"] for a in of(graph, "Budget")["budget"].inputs["notifications"]]
    assert subscribers == [[topic.outputs["arn"]]] * 3
    for policy in (of(graph, "TopicPolicy")["budget-alerts"].inputs["policy"], key.inputs["policy"]):
        (allowed,) = [s for s in json.loads(policy)["Statement"] if s["Sid"] == "Budgets"]
        assert allowed["Principal"] == {"Service": "budgets.amazonaws.com"}
        assert allowed["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": "arn:aws:budgets::111122223333:*"},
        }


def test_without_a_topic_there_is_none() -> None:
    graph = budget(emails=["platform@example.com"])
    assert of(graph, "Topic") == of(graph, "Key") == {}
    assert "budget_topic_arn" not in graph.outputs


def test_tags_tell_costs_apart_where_the_account_may_say_so() -> None:
    assert of(budget(topic=True), "CostAllocationTag") == {}
    tags = of(budget(topic=True, activate_tags=True), "CostAllocationTag").values()
    assert {tag.inputs["tagKey"] for tag in tags} == {"cost-center", "groundwork:environment", "groundwork:managed-by"}
    assert {tag.inputs["status"] for tag in tags} == {"Active"}
