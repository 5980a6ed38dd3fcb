"""Settings → components: the table of contents of the platform."""

import pulumi

from infra.settings import EnvironmentSettings, RootSecret


def build(environment: str, settings: EnvironmentSettings, secrets: RootSecret) -> None:
    """Declares every resource of one environment. A pure function: it asks no cloud and reads no clock."""


def main() -> None:
    """What `pulumi up` runs."""
    build(pulumi.get_stack(), EnvironmentSettings.model_validate({}), RootSecret(b""))
