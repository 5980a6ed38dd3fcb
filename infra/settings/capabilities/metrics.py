"""Prometheus metrics of the platform's services."""

from pydantic import Field

from infra.settings.base import DnsLabel, Settings


class Metrics(Settings):
    """Every service serves its metrics; nobody reaches them until a namespace is named."""

    scraped_from: DnsLabel | None = Field(None, examples=["monitoring"])
    """Namespace of a Prometheus that exists, whose pods may read metrics; none means that nobody may."""
