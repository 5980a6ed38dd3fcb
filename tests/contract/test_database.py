"""The database lets its consumers in over verified TLS, each to its own data, and gives back what a dump took."""

import subprocess
from typing import Any

import pytest

from tests.contract.environment import DATABASE, Declaration
from tests.contract.harness import Platform
from tests.contract.pods import Pod
from tests.scenario.play import DataScientist

HOST = f"database.{DATABASE}.svc"
_AUTHORITY = "/tmp/ca.crt"  # noqa: S108 - in the pod


class Sql:
    """Runs SQL from beside the server, over its own address, as whoever is asked for."""

    def __init__(self, pod: Pod, declared: Declaration) -> None:
        self._pod, self._declared = pod, declared

    def run(self, user: str, database: str, statement: str, **options: str) -> str:
        """What the statement printed. Raises `CalledProcessError` with what the server said."""
        credential = {"postgres": "admin", "groundwork_dump": "dump", "groundwork_restore": "restore"}.get(user, user)
        given = {
            "host": HOST,
            "hostaddr": self._pod.address,
            "user": user,
            "dbname": database,
            "password": self._declared.secrets.password(f"database/{credential}"),
            "sslmode": "verify-full",
            "sslrootcert": _AUTHORITY,
            "connect_timeout": "10",
            **options,
        }
        text = " ".join(f"{name}='{value}'" for name, value in given.items())
        return self._pod.execute("postgresql", ["psql", text, "-XAtqv", "ON_ERROR_STOP=1", "-c", statement]).strip()

    def refusal(self, user: str, database: str, statement: str = "SELECT 1", **options: str) -> str:
        """Why the server refuses. Fails if it doesn't."""
        with pytest.raises(subprocess.CalledProcessError) as refused:
            self.run(user, database, statement, **options)
        return str(refused.value.stderr.decode())


@pytest.fixture(scope="module")
def sql(platform: Platform, declared: Declaration) -> Sql:
    """SQL at the platform's database, with the certificate authority that clients are given."""
    pod = platform.pod("StatefulSet", DATABASE, "database")
    authority = platform.objects.entries("ConfigMap", DATABASE, "database-ca")["ca.crt"]
    pod.execute("postgresql", ["sh", "-c", f"cat > {_AUTHORITY}"], stdin=authority)
    return Sql(pod, declared)


def test_a_consumer_reaches_its_own_database_over_the_newest_tls(sql: Sql) -> None:
    encrypted = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert sql.run("tracking", "tracking", encrypted) == "TLSv1.3"


def test_plain_text_is_refused(sql: Sql) -> None:
    for user, database in (("tracking", "tracking"), ("postgres", "postgres"), ("groundwork_dump", "tracking")):
        assert "no pg_hba.conf entry" in sql.refusal(user, database, sslmode="disable", sslrootcert="")


def test_a_server_of_another_name_or_authority_is_not_taken_for_the_database(sql: Sql) -> None:
    assert "does not match host name" in sql.refusal("tracking", "tracking", host="elsewhere.example.com")
    assert "certificate verify failed" in sql.refusal(
        "tracking", "tracking", sslrootcert="/etc/ssl/certs/ca-certificates.crt"
    )


def test_a_wrong_password_is_refused(sql: Sql) -> None:
    assert "password authentication failed" in sql.refusal("tracking", "tracking", password="wrong")


def test_a_consumer_reaches_no_other_database_and_has_no_rights_over_the_server(sql: Sql) -> None:
    sql.run("postgres", "postgres", "CREATE DATABASE another")
    try:
        for database in ("another", "postgres", "template1"):
            assert "no pg_hba.conf entry" in sql.refusal("tracking", database)
        for statement in ("CREATE DATABASE mine", "CREATE ROLE mine", "COPY (SELECT 1) TO PROGRAM 'cat'", "CHECKPOINT"):
            sql.refusal("tracking", "tracking", statement)
        assert "permission denied" in sql.refusal("tracking", "tracking", "SELECT rolpassword FROM pg_authid")
    finally:
        sql.run("postgres", "postgres", "DROP DATABASE another")


def test_who_takes_dumps_reads_and_can_not_write(sql: Sql) -> None:
    assert int(sql.run("groundwork_dump", "tracking", "SELECT count(*) FROM experiments")) >= 1
    assert "permission denied" in sql.refusal("groundwork_dump", "tracking", "DELETE FROM experiments")
    assert "permission denied" in sql.refusal("groundwork_dump", "tracking", "CREATE TABLE public.mine (n int)")


def test_dump_drop_and_restore_lose_nothing(
    sql: Sql, platform: Platform, scientist: DataScientist, played: dict[str, Any]
) -> None:
    platform.run("CronJob", DATABASE, "database-dump")
    sql.run("postgres", "postgres", "DROP DATABASE tracking WITH (FORCE)")
    assert "does not exist" in sql.refusal("tracking", "tracking")
    roles = next(m["metadata"]["name"] for m in platform.objects.of("Job") if "roles" in m["metadata"]["name"])
    platform.run("Job", DATABASE, roles)
    wanted = {"ACTION": "restore", "DATABASE": "tracking", "DUMP": "latest"}
    assert "restored tracking" in platform.run("CronJob", DATABASE, "database-restore", env=wanted)
    scientist.check("wine", played)


def test_a_restore_lists_what_there_is_and_refuses_what_there_is_not(platform: Platform) -> None:
    assert ".dump" in platform.run(
        "CronJob", DATABASE, "database-restore", env={"ACTION": "list", "DATABASE": "tracking"}
    )
    for wrong in ({"DATABASE": "elsewhere"}, {"DATABASE": "tracking", "DUMP": "database/tracking/never.dump"}):
        with pytest.raises(AssertionError, match="there is no"):
            platform.run(
                "CronJob",
                DATABASE,
                "database-restore",
                env={"ACTION": "restore", "DUMP": "latest", **wrong},
                seconds=60,
            )


def test_only_so_many_dumps_are_kept(platform: Platform) -> None:
    for _ in range(2):
        platform.run("CronJob", DATABASE, "database-dump", env={"KEEP": "1"})
    listed = platform.run("CronJob", DATABASE, "database-restore", env={"ACTION": "list", "DATABASE": "tracking"})
    assert listed.count('"key"') == 1


def test_what_is_logged_after_a_restore_outlives_the_servers_pod(platform: Platform, scientist: DataScientist) -> None:
    before = scientist.play("after-the-restore")
    platform.delete_pod("StatefulSet", DATABASE, "database")
    platform.wait_ready(120)
    scientist.check("after-the-restore", before)
