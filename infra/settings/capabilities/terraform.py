"""Terraform states that values of a stack file come from."""

from typing import Annotated

from pydantic import Field

from infra.settings.base import FrozenMap, Settings, Text


class TerraformSource(Settings):
    """One state, as it was when `groundwork terraform read` took values from it."""

    location: Text | None = Field(None, examples=["s3://example-states/network.tfstate?region=eu-central-1"])
    """File (seen from the stack file), `s3://` or `https://` address of the state; none if it came through a pipe."""
    lineage: Text | None = Field(None, examples=["8d4f8def-2c27-d177-65fe-19d13ec49059"])
    """Terraform's name for the state's whole history; none where only outputs were read."""
    serial: Annotated[int, Field(ge=0)] | None = Field(None, examples=[42])
    """Terraform's number of the state's version."""
    values: FrozenMap[Text] = Field(examples=[{"account.id": "output.account_id"}])
    """Which keys of this file were read, and from which output or attribute."""


class Terraform(Settings):
    """What of this file is Terraform's. `groundwork terraform read` keeps it, `groundwork doctor` compares."""

    sources: FrozenMap[TerraformSource] = Field(default_factory=dict, validate_default=True)
    """States by a name of your own."""
