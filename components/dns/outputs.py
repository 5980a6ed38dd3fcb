"""What every domain exposes, whoever keeps its zone."""

from typing import Protocol

import pulumi


class Domain(Protocol):
    """A domain whose names can be given out."""

    zone_id: pulumi.Output[str]
    certificate_arn: pulumi.Output[str] | None
    """For the domain and every name one label below it; known once it is issued. None: nobody could validate it yet."""
