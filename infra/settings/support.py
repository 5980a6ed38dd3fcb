"""What is right in a stack file until some day."""

from collections.abc import Iterator
from datetime import date, timedelta

from infra.catalog import default_eks_version, eks_versions, images, postgresql_versions, support_problem
from infra.settings.capabilities import EksCluster, RdsDatabase
from infra.settings.document import KeyPath, Problem, StackError, dotted, read
from infra.settings.stack import ENVIRONMENT, Stack

SOON = timedelta(days=90)
"""How early an end of support is announced."""

_THEN = {
    "standard": "AWS upgrades it",
    "extended": "a surcharge is due",
    None: "it is refused: take a newer one, or say in `support` what shall be",
}


def outdated(stack: Stack, today: date) -> tuple[Problem, ...]:
    """What AWS no longer supports on this day, or only for a surcharge that nobody agreed to."""
    cluster = stack.settings.cluster
    if not isinstance(cluster, EksCluster):
        return ()
    version = cluster.version or default_eks_version()
    message = support_problem(version, extended=cluster.support == "extended", today=today)
    if message is None:
        return ()
    key: KeyPath = ("config", ENVIRONMENT, "cluster", "version")
    named = message if cluster.version else f"left out means {version}, which {message}"
    return (Problem(read(stack.path).place(key), dotted(key), named),)


def require_support(stack: Stack, today: date) -> None:
    """Raises `StackError` for what is outdated."""
    problems = outdated(stack, today)
    if problems:
        raise StackError(stack.path, list(problems))


def ending(stack: Stack, today: date) -> tuple[Problem, ...]:
    """What is supported on this day, and won't be, or for a surcharge alone, within `SOON`."""
    document = read(stack.path)
    keys = [(("config", ENVIRONMENT, *path), message) for path, message in _ending(stack, today)]
    return tuple(Problem(document.place(key), dotted(key), message) for key, message in keys)


def _ending(stack: Stack, today: date) -> Iterator[tuple[KeyPath, str]]:
    cluster, database = stack.settings.cluster, stack.settings.database
    if isinstance(cluster, EksCluster):
        for message in _kubernetes(cluster, today):
            yield ("cluster", "version"), message
    for message in _postgresql(today, rds=isinstance(database, RdsDatabase)):
        yield ("database", "kind"), message


def _postgresql(today: date, *, rds: bool) -> Iterator[str]:
    image = images()["postgres"]
    major = image.version.partition(".")[0]
    if rds:
        until = postgresql_versions()[major].standard_until
        if until <= today + SOON:
            yield f"standard support of PostgreSQL {major} on RDS ends on {until}; then a surcharge is due"
    elif image.supported_until and image.supported_until <= today + SOON:
        yield f"support of PostgreSQL {image.version} ends on {image.supported_until}"


def _kubernetes(cluster: EksCluster, today: date) -> Iterator[str]:
    version = cluster.version or default_eks_version()
    window = eks_versions().get(version)
    if window is None:
        return
    if today > window.standard_until:
        yield (
            f"Kubernetes {version} is in extended support, for a surcharge, until {window.extended_until}; "
            "then AWS upgrades it"
        )
    elif window.standard_until <= today + SOON:
        yield f"standard support of Kubernetes {version} ends on {window.standard_until}; then {_THEN[cluster.support]}"
