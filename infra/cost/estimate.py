"""What a graph costs a month."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from infra.cost import compute
from infra.cost.assumptions import Usage
from infra.cost.model import Estimate, Gap, Line
from infra.cost.prices import Prices, covered
from infra.cost.table import PRICED, is_free
from infra.cost.view import Index, View
from infra.errors import UserError
from infra.graph.changes import top_components
from infra.graph.model import Graph, Resource

_PROVIDER = "pulumi:providers:aws"


def estimate(graph: Graph, on: date, given: Mapping[str, float] | None = None, region: str | None = None) -> Estimate:
    """The month of a graph, by the price table and on that day's versions; nothing off AWS costs anything.

    `given` are assumptions other than the defaults; `region` prices everything as if it were there. Raises `UserError`
    for a region without prices.
    """
    usage = Usage(given or {})
    regions = _Regions(graph, region)
    index, tops = Index(graph), top_components(graph)
    lines: list[Line] = []
    gaps = [gap.text for gap in compute.elsewhere(index)] if regions.on_aws else []
    unpriced: Counter[str] = Counter()
    for resource in graph if regions.on_aws else ():
        function = PRICED.get(resource.type)
        if function is not None:
            prices = regions.prices(resource)
            for item in function(View(resource, tops[resource.urn], prices, usage, index, on)):
                _take(item, lines, gaps)
        elif resource.custom and not is_free(resource.type):
            unpriced[resource.type] += 1
    return Estimate(graph.stack, tuple(regions.used), on, tuple(lines), _sorted(usage.used), unpriced, tuple(gaps))


def _take(item: Line | Gap, lines: list[Line], gaps: list[str]) -> None:
    if isinstance(item, Line):
        lines.append(item)
    else:
        gaps.append(item.text)


def _sorted(used: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(used.items()))


class _Regions:
    """Which region each resource is in: its own, its provider's, or for Kubernetes objects the first provider's."""

    def __init__(self, graph: Graph, instead: str | None) -> None:
        self._providers = {
            r.urn: str(r.inputs["region"]) for r in graph if r.type == _PROVIDER and "region" in r.inputs
        }
        self._instead = instead
        self._aws = any(r.type.startswith("aws:") or r.type == _PROVIDER for r in graph)
        self.used: dict[str, None] = {}

    @property
    def on_aws(self) -> bool:
        return self._aws

    def prices(self, resource: Resource) -> Prices:
        """The prices where the resource is; raises `UserError` where there are none."""
        name = self._instead or self._of(resource)
        if name not in covered():
            raise UserError(
                f"no prices are known of {name or 'an unnamed region'}; known: {', '.join(covered())}. "
                "--region takes those of another region"
            )
        self.used[name] = None
        return Prices(name)

    def _of(self, resource: Resource) -> str:
        default = next(iter(self._providers.values()), "")
        if resource.type.startswith("aws:"):
            return str(resource.inputs.get("region") or self._providers.get(resource.provider or "", default))
        return default
