"""The proxies in front of MLflow: no request reaches it that is not authenticated."""

import pulumi

from components import workload
from components.tracking.inputs import MlflowTrackingArgs, OidcArgs
from components.tracking.shared import (
    HEALTH_PORT,
    METRICS_PORT,
    MLFLOW_PORT,
    NAME,
    PORT,
    SIGNED_IN_PORT,
    TMP,
)

CONFIG = "nginx.conf"

_HTPASSWD = "/auth/htpasswd"
_TEMPORARY = "\n".join(
    f"    {kind}_temp_path {TMP}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)


def nginx_config(*, oidc: bool) -> str:
    """nginx.conf. Under OIDC the requests come authenticated from oauth2-proxy, by loopback."""
    front = (
        f"listen 127.0.0.1:{SIGNED_IN_PORT};"
        if oidc
        else f"""listen {PORT};
        auth_basic "MLflow";
        auth_basic_user_file {_HTPASSWD};"""
    )
    return f"""\
worker_processes 1;
pid {TMP}/nginx.pid;
error_log stderr warn;
events {{
    worker_connections 1024;
}}
http {{
    access_log /dev/stdout;
    server_tokens off;
{_TEMPORARY}

    # Artifacts of any size stream through.
    client_max_body_size 0;
    client_body_timeout 300s;
    send_timeout 300s;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_connect_timeout 5s;
    proxy_send_timeout 3600s;
    proxy_read_timeout 3600s;

    # MLflow trusts callers on loopback with more, such as an assistant that runs commands. Nobody is one.
    map $remote_addr $caller {{
        default $remote_addr;
        ~^127\\. 192.0.2.1;
    }}
    map $http_x_forwarded_proto $caller_scheme {{
        default $scheme;
        https https;
    }}
    # What a caller says about itself is replaced, and what it proved to us stays here.
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $caller;
    proxy_set_header X-Forwarded-Proto $caller_scheme;
    proxy_set_header Authorization "";

    server {{
        {front}
        location / {{
            proxy_pass http://127.0.0.1:{MLFLOW_PORT};
        }}
        # try_files, unlike return, comes after authentication.
        location ^~ /ajax-api/3.0/mlflow/assistant {{
            root {TMP}/nothing;
            try_files $uri =404;
        }}
        location = /metrics {{
            root {TMP}/nothing;
            try_files $uri =404;
        }}
    }}
    server {{
        listen {HEALTH_PORT};
        access_log off;
        location = /mlflow {{
            proxy_pass http://127.0.0.1:{MLFLOW_PORT}/health;
            proxy_read_timeout 5s;
        }}
        location = /proxy {{
            return 204;
        }}
        location / {{
            return 404;
        }}
    }}
    server {{
        listen {METRICS_PORT};
        access_log off;
        location = /metrics {{
            proxy_pass http://127.0.0.1:{MLFLOW_PORT}/metrics;
            proxy_set_header Host localhost;
            proxy_set_header X-Forwarded-For $caller;
        }}
        location / {{
            return 404;
        }}
    }}
}}
"""


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
            "--reverse-proxy=true",
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
