"""What an environment on AWS may cost, and who hears when it costs more."""

from components.budget.budget import CostBudget, CostBudgetArgs

__all__ = ["CostBudget", "CostBudgetArgs"]
