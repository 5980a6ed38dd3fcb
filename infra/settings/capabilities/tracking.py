"""Experiments and the model registry."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import HostName, HttpsUrl, Replicas, Resources, Settings, Text, Tuple


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
    client_id: Text
    """OAuth client."""
    email_domains: Annotated[Tuple[HostName], Field(min_length=1)]
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
    resources: Resources
    """Requests and limits of one server pod."""


Tracking = Annotated[MlflowTracking, Field()]
