"""Experiments and the model registry."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import DnsLabel, HostName, HttpsUrl, Quantity, Replicas, Resources, Settings, Text, Tuple


class BasicAuth(Settings):
    """One administrator, with a derived password."""

    kind: Literal["basic"]
    """One administrator with a password."""


class OidcAuth(Settings):
    """Sign-in through an OpenID Connect issuer.

    The client's secret is the encrypted value `groundwork:tracking_oidc_client_secret`.
    """

    kind: Literal["oidc"]
    """Sign-in through an OpenID Connect issuer."""
    issuer: HttpsUrl
    """Issuer URL."""
    client_id: Text = Field(examples=["mlflow"])
    """OAuth client."""
    email_domains: Annotated[Tuple[HostName], Field(min_length=1, examples=[["example.com"]])]
    """Whose addresses may sign in."""


Auth = Annotated[BasicAuth | OidcAuth, Field(discriminator="kind")]


class MlflowTracking(Settings):
    """MLflow: tracking server and model registry behind an authenticating proxy."""

    kind: Literal["mlflow"]
    """MLflow in the cluster."""
    replicas: Replicas
    """Server pods."""
    auth: Auth = BasicAuth(kind="basic")
    """Who may come in."""
    hosts: Tuple[HostName] = ()
    """Public host names by which the server may be addressed, besides its in-cluster name and localhost."""
    clients: Tuple[DnsLabel] = ()
    """Namespaces whose pods may connect: teams' own, and the ingress controller's."""
    scratch: Quantity = "4Gi"
    """Space on the node for the artifacts that pass through one server pod at a time."""
    resources: Resources
    """Requests and limits of one server pod."""


Tracking = Annotated[MlflowTracking, Field()]
