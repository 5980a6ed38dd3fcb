"""What is right in a stack file until some day."""

from datetime import date

from infra.catalog import default_eks_version, support_problem
from infra.settings.capabilities import EksCluster
from infra.settings.document import KeyPath, Problem, StackError, dotted, read
from infra.settings.stack import ENVIRONMENT, Stack


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
