"""Budgets that are wrong, and the exact words that say so."""

from tests.unit.settings.bad_documents import E, environment

# ruff: noqa: E501 - a message is one line

OF_BUDGETS = (
    environment(
        "a budget of no account",
        "budget: {kind: aws, monthly_usd: 10, topic: true}",
        f"3:14: {E}.budget.kind: needs `account` of kind `aws`",
        by_schema=False,
    ),
    environment(
        "a budget of nothing, to nobody",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        budget: {kind: aws, monthly_usd: 0, emails: [platform]}
        """,
        f"4:25: {E}.budget.monthly_usd: must be at least 1",
        f"4:50: {E}.budget.emails[0]: must be an e-mail address, like `platform@example.com`",
    ),
    environment(
        "a budget that is silent",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        budget: {kind: aws, monthly_usd: 10, actual: [], forecast: []}
        """,
        f"4:5: {E}.budget: alerts nobody: name `emails`, or say `topic: true`",
        f"4:5: {E}.budget: never alerts: give percentages in `actual` or `forecast`",
        by_schema=False,
    ),
    environment(
        "a budget with more alerts than AWS takes",
        """
        account: {kind: aws, id: "111122223333", region: eu-central-1}
        budget: {kind: aws, monthly_usd: 10, topic: true, actual: [10, 20, 30, 40, 50, 60, 70, 80, 90, 90], forecast: [100]}
        """,
        f"4:5: {E}.budget: has 11 alerts in `actual` and `forecast`: AWS takes 10",
        f"4:100: {E}.budget.actual[9]: is already in this list",
        by_schema=False,
    ),
)
