"""What the catalog knows of versions, without asking AWS."""

from collections.abc import Iterator
from datetime import date, timedelta

from infra.catalog import eks_versions
from infra.doctor.model import Check, Verdict
from infra.graph.model import Graph

_SOON = timedelta(days=90)


def examine(graph: Graph, today: date | None = None) -> Iterator[Check]:
    """How long the cluster's version is still supported."""
    today = today or date.today()
    for resource in graph:
        version = resource.inputs.get("version")
        if resource.type != "aws:eks/cluster:Cluster" or not isinstance(version, str):
            continue
        window = eks_versions().get(version)
        if window is None:
            yield Check("versions", "Kubernetes", Verdict.UNKNOWN, f"the catalog doesn't know {version}")
            continue
        left = window.standard_until - today
        verdict = Verdict.OK if left > _SOON else Verdict.WARNING
        ends = "ended" if left < timedelta(0) else "ends"
        yield Check(
            "versions",
            "Kubernetes",
            verdict,
            f"standard support of {version} {ends} {window.standard_until}",
            "" if verdict is Verdict.OK else "raise `cluster.version`, one minor version at a time",
        )
