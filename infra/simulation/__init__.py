"""An environment's Kubernetes half on a throwaway simulated control plane, with the nodes that it declares."""

from infra.simulation.report import Finding, Report
from infra.simulation.run import simulate

__all__ = ["Finding", "Report", "simulate"]
