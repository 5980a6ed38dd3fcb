"""What the server and the jobs around it agree on."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from components import workload
from components.network import Peer

NAME = "database"
PORT = 5432
USER = 999
"""The user `postgres` of the official image."""
SUPERUSER = "postgres"
SERVER = workload.labels(NAME, "server")
CA_FILE = "/tls/ca.crt"
CA_CONFIG = f"{NAME}-ca"
TO_SERVER = Peer(labels=SERVER, ports=(PORT,))

_SCRIPTS = Path(__file__).with_name("scripts")


def script(name: str) -> str:
    """The text of a file that runs in a pod."""
    return (_SCRIPTS / name).read_text(encoding="utf-8")


def host(namespace: pulumi.Input[str]) -> pulumi.Output[str]:
    """The name that clients connect to and verify."""
    return pulumi.Output.format("{0}.{1}.svc", NAME, namespace)


def connection(host: pulumi.Input[str], user: str) -> Mapping[str, pulumi.Input[str]]:
    """libpq's environment for a client that verifies the server. The password is not in it."""
    return {
        "PGHOST": host,
        "PGPORT": str(PORT),
        "PGUSER": user,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": CA_FILE,
        "PGCONNECT_TIMEOUT": "10",
    }
