"""The proxies in front of MLflow: no request reaches it that is not authenticated."""

import pulumi

from components import workload
from components.tracking.inputs import MlflowTrackingArgs, OidcArgs
from components.tracking.shared import (
    HEALTH_PORT,
    METRICS_PORT,
    NAME,
    PORT,
    SIGNED_IN_PORT,
    TMP,
    script,
)

CONFIG = "nginx.conf"

_HTPASSWD = "/auth/htpasswd"
_BASIC = f"""\
listen {PORT};
auth_basic "MLflow";
auth_basic_user_file {_HTPASSWD};
"""
_SIGNED_IN = f"listen 127.0.0.1:{SIGNED_IN_PORT};\n"


def nginx_files(*, oidc: bool) -> dict[str, str]:
    """nginx's configuration. Under OIDC the requests come authenticated from oauth2-proxy, by loopback."""
    return {CONFIG: script(CONFIG), "front.conf": _SIGNED_IN if oidc else _BASIC}


def nginx(args: MlflowTrackingArgs) -> workload.WorkloadContainerArgs:
    """The proxy that authenticates, unless oauth2-proxy does, and keeps MLflow's port on loopback."""
    return workload.WorkloadContainerArgs(
        name="proxy",
        image=args.proxy_image,
        command=["nginx", "-e", "stderr", "-c", f"/config/{CONFIG}", "-g", "daemon off;"],
        ports={"health": HEALTH_PORT, "metrics": METRICS_PORT, **({} if args.oidc else {"http": PORT})},
        mounts={TMP: "proxy-tmp"},
        read_only_mounts={"/config": "config", **({} if args.oidc else {"/auth": "auth"})},
        resources=workload.ResourcesArgs(cpu="20m", memory="64Mi"),
        readiness=workload.probe(http=("/proxy", HEALTH_PORT)),
        liveness=workload.probe(http=("/proxy", HEALTH_PORT)),
        # Endpoints forget a pod that ends a moment after it is told to.
        pre_stop=["sleep", "5"],
    )


def oauth2_proxy(args: MlflowTrackingArgs, oidc: OidcArgs) -> workload.WorkloadContainerArgs:
    """Signs people in; machines come with the platform's own name and password."""
    redirect = [f"--redirect-url=https://{args.hosts[0]}/oauth2/callback"] if args.hosts else []
    return workload.WorkloadContainerArgs(
        name="sign-in",
        image=oidc.image,
        args=[
            "--provider=oidc",
            f"--oidc-issuer-url={oidc.issuer}",
            f"--client-id={oidc.client_id}",
            "--client-secret-file=/auth/client-secret",
            "--cookie-secret-file=/auth/cookie-secret",
            *(f"--email-domain={domain}" for domain in oidc.email_domains),
            *redirect,
            f"--http-address=0.0.0.0:{PORT}",
            f"--upstream=http://127.0.0.1:{SIGNED_IN_PORT}/",
            # As long as nginx waits: MLflow answers an upload when the object storage has it.
            "--upstream-timeout=1h",
            "--skip-provider-button=true",
            # A machine that is not signed in learns so, instead of being sent to a page.
            "--api-route=^/(api|ajax-api|graphql|gateway|v1)(/|$)",
            f"--htpasswd-file={_HTPASSWD}",
            "--display-htpasswd-form=false",
            "--pass-basic-auth=false",
            "--pass-user-headers=false",
        ],
        ports={"http": PORT},
        mounts={TMP: "sign-in-tmp"},
        read_only_mounts={"/auth": "auth"},
        resources=workload.ResourcesArgs(cpu="20m", memory="64Mi"),
        readiness=workload.probe(http=("/ready", PORT)),
        liveness=workload.probe(http=("/ping", PORT)),
    )


def secret_values(args: MlflowTrackingArgs) -> dict[str, pulumi.Input[str]]:
    """The files of the Secret that the proxies mount."""
    values: dict[str, pulumi.Input[str]] = {"htpasswd": pulumi.Output.secret(args.admin.htpasswd)}
    if args.oidc:
        values |= {
            "client-secret": pulumi.Output.secret(args.oidc.client_secret),
            "cookie-secret": pulumi.Output.secret(args.oidc.cookie_secret),
        }
    return values


def volumes(args: MlflowTrackingArgs) -> list[str]:
    """Names of the scratch volumes that the proxies need."""
    return ["proxy-tmp", *(["sign-in-tmp"] if args.oidc else [])]


AUTH = f"{NAME}-auth"
"""The Secret's name."""
