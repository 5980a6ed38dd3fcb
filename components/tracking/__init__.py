"""Experiments and the model registry."""

from components.tracking.inputs import AdminArgs, MlflowTrackingArgs, OidcArgs
from components.tracking.mlflow import MlflowTracking

__all__ = ["AdminArgs", "MlflowTracking", "MlflowTrackingArgs", "OidcArgs"]
