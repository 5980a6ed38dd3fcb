"""Leaves the master user's password, which RDS keeps in Secrets Manager, as a password file of libpq."""

import json
import os
import re

import boto3


def main() -> None:
    """Any host, port and database: whoever reads the file connects to one server only."""
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["MASTER_SECRET"])
    secret = json.loads(answer["SecretString"])
    user, password = (re.sub(r"([\\:])", r"\\\1", secret[key]) for key in ("username", "password"))
    descriptor = os.open(os.environ["PGPASSFILE"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"*:*:*:{user}:{password}\n")
    print(f"the password of {user} is at hand", flush=True)


if __name__ == "__main__":
    main()
