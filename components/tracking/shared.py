"""What the servers, their proxies and the schema's job agree on."""

from pathlib import Path

import pulumi

from components import workload
from components.tracking.inputs import MlflowTrackingArgs

NAME = "tracking"
USER = 1000
SERVER = workload.labels(NAME, "server")
SCHEMA = workload.labels(NAME, "schema")
TMP = "/tmp"  # noqa: S108

HTTP = 80
"""Of the Service."""
PORT = 8080
"""Where clients come in, authenticated."""
HEALTH_PORT = 8081
"""Where the kubelet asks."""
SIGNED_IN_PORT = 8082
"""On loopback: where oauth2-proxy hands requests on."""
METRICS_PORT = 9464
"""Where monitoring reads."""
MLFLOW_PORT = 5000
"""On loopback: MLflow itself."""


def script(name: str) -> str:
    """The text of a file that runs in a pod."""
    return (Path(__file__).with_name("scripts") / name).read_text(encoding="utf-8")


def database_env(args: MlflowTrackingArgs) -> dict[str, pulumi.Input[str]]:
    """Where the database is. The password comes by `PGPASSWORD`, so that no URI, and no argument, holds it."""
    database = args.database
    return {
        "MLFLOW_BACKEND_STORE_URI": pulumi.Output.format(
            "postgresql://{0}@{1}:{2}/{3}?sslmode=verify-full&sslrootcert=/database-ca/ca.crt",
            database.user,
            database.host,
            database.port,
            database.database,
        ),
        "HOME": TMP,
        "TMPDIR": TMP,
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_PYTHON_REFRESH": "quiet",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def database_password() -> dict[str, workload.SecretKey]:
    return {"PGPASSWORD": workload.SecretKey(secret=f"{NAME}-database", key="password")}
