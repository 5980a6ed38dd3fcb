"""Where the platform runs."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import Settings, Text
from infra.settings.capabilities.eks import EksCluster, ExistingEksCluster


class AutoCluster(Settings):
    """A local control plane: `kind` where Docker runs, otherwise `simulated`."""

    kind: Literal["auto"] = "auto"
    """A local control plane, whichever this machine can run."""


class KindCluster(Settings):
    """kind on Docker: real pods."""

    kind: Literal["kind"]
    """kind on Docker."""


class SimulatedCluster(Settings):
    """A real API server with simulated nodes: containers do not run."""

    kind: Literal["simulated"]
    """A real API server with simulated nodes."""


class ExistingCluster(Settings):
    """Any cluster that is already there, by kube context. Groundwork never starts or stops it."""

    kind: Literal["existing"]
    """A cluster that is already there."""
    context: Text = Field(examples=["prod-cluster"])
    """The kube context to use."""


LocalCluster = AutoCluster | KindCluster | SimulatedCluster
Cluster = Annotated[LocalCluster | ExistingCluster | EksCluster | ExistingEksCluster, Field(discriminator="kind")]
