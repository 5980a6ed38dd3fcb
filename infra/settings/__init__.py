"""The only reader of configuration."""

from infra.settings.environment import EnvironmentSettings
from infra.settings.secrets import RootSecret

__all__ = ["EnvironmentSettings", "RootSecret"]
