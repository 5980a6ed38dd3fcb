"""The only reader of configuration.

>>> stack = load("local")
>>> secrets = root_secret(stack, create=True)
"""

from infra.settings.document import Problem, StackError
from infra.settings.environment import EnvironmentSettings
from infra.settings.secrets import RootSecret, SecretValues
from infra.settings.sources import (
    forget_root_secret,
    from_config,
    has_no_machine_secret,
    placeholder_root_secret,
    root_secret,
)
from infra.settings.stack import Stack, load, stack_names

__all__ = [
    "EnvironmentSettings",
    "Problem",
    "RootSecret",
    "SecretValues",
    "Stack",
    "StackError",
    "forget_root_secret",
    "from_config",
    "has_no_machine_secret",
    "load",
    "placeholder_root_secret",
    "root_secret",
    "stack_names",
]
