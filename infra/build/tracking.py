"""Tracking server and model registry: settings → component."""

import base64
from collections.abc import Sequence

import pulumi

from components import tracking
from components.access import Database, ObjectStorage, WebService
from components.network import Peer
from infra.build.platform import Platform, resources
from infra.settings.base import Resources, in_bytes, in_millicores
from infra.settings.capabilities import OidcAuth
from infra.settings.verifiers import htpasswd_line


def declare(
    platform: Platform, storage: ObjectStorage, databases: Database, visitors: Sequence[Peer] = ()
) -> WebService:
    """Experiments and the model registry. `visitors` come in by a load balancer."""
    settings, secrets = platform.settings.tracking, platform.secrets
    user, hosts = "groundwork", platform.settings.tracking_hosts
    built = tracking.MlflowTracking(
        "tracking",
        tracking.MlflowTrackingArgs(
            namespace=platform.namespaces["tracking"],
            image=platform.image("mlflow"),
            proxy_image=platform.image("nginx"),
            replicas=settings.replicas,
            resources=resources(settings.resources),
            workers=_workers(settings.resources),
            scratch=settings.scratch,
            database=databases.databases["tracking"],
            bucket=storage.buckets["tracking"],
            admin=tracking.AdminArgs(user=user, htpasswd=htpasswd_line(secrets, "tracking/admin", user)),
            oidc=_oidc(platform, settings.auth) if isinstance(settings.auth, OidcAuth) else None,
            encryption_passphrase=secrets.password("tracking/encryption"),
            hosts=hosts,
            clients=[*(Peer(namespace=namespace) for namespace in settings.clients), *visitors],
            scrapers=platform.scrapers,
        ),
        platform.opts,
    )
    pulumi.export("tracking_url", f"https://{hosts[0]}" if hosts else built.url)
    pulumi.export("tracking_username", user)
    pulumi.export("tracking_password", pulumi.Output.secret(secrets.password("tracking/admin")))
    return built.web


def _oidc(platform: Platform, auth: OidcAuth) -> tracking.OidcArgs:
    return tracking.OidcArgs(
        image=platform.image("oauth2-proxy"),
        issuer=auth.issuer,
        client_id=auth.client_id,
        client_secret=platform.secrets.given["tracking_oidc_client_secret"],
        cookie_secret=base64.urlsafe_b64encode(platform.secrets.derive("tracking/session")).decode(),
        email_domains=auth.email_domains,
    )


def _workers(resources: Resources) -> int:
    """One server process a core, and one more that waits; each takes about 400 MiB."""
    cores = -(-in_millicores(resources.cpu_limit) // 1000)
    return max(1, min(cores + 1, in_bytes(resources.memory) // (512 * 2**20)))
