"""An estimate as text and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.cost.assumptions import ASSUMPTIONS
from infra.cost.model import HOURS, Estimate, Line, total
from infra.graph.tree import short

_SMALL = 0.0001
"""Prices below are shown by the million."""


def as_text(estimate: Estimate) -> str:
    """Every line by component, then what was assumed and what is not known."""
    return "\n".join(_text(estimate))


def comparison(old: Estimate, new: Estimate, names: tuple[str, str]) -> str:
    """How much more each component costs in the new one; `names` head the columns."""
    components = list(dict.fromkeys([*new.components, *old.components]))
    sums = [(name, total(old.components.get(name, [])), total(new.components.get(name, []))) for name in components]
    rows = [("", *names, "difference")]
    for name, before, after in (*sums, ("total", old.usd, new.usd)):
        rows.append((name, f"{before:,.2f}", f"{after:,.2f}", f"{after - before:+,.2f}"))
    return "\n".join(_aligned(rows))


def as_json(estimate: Estimate, other: Estimate | None = None) -> dict[str, Any]:
    """The same for a script; USD are rounded to cents only here."""
    data = {
        "stack": estimate.stack,
        "regions": list(estimate.regions),
        "on": estimate.on.isoformat(),
        "hours": HOURS,
        "usd": round(estimate.usd, 2),
        "components": [
            {"name": name, "usd": round(total(lines), 2), "lines": [_line(line) for line in lines]}
            for name, lines in estimate.components.items()
        ],
        "assumptions": dict(estimate.assumptions),
        "unpriced": dict(estimate.unpriced),
        "notes": list(estimate.gaps),
    }
    if other is not None:
        data["other"] = as_json(other)
        data["difference"] = round(estimate.usd - other.usd, 2)
    return data


def _line(line: Line) -> Mapping[str, Any]:
    return {
        "resource": line.resource,
        "what": line.what,
        "quantity": round(line.quantity, 6),
        "unit": line.unit,
        "price": line.price.usd,
        "usd": round(line.usd, 2),
        "date": line.price.date.isoformat(),
        "source": line.price.source,
    }


def _text(estimate: Estimate) -> Iterator[str]:
    where = f" in {', '.join(estimate.regions)}" if estimate.regions else ""
    yield f"{estimate.stack}{where}: {estimate.usd:,.2f} USD a month of {HOURS} hours, on demand, as of {estimate.on}"
    if not (estimate.lines or estimate.gaps or estimate.unpriced):
        yield "nothing in it is charged for by AWS"
    rows = [
        row
        for name, lines in estimate.components.items()
        for row in (("", "", ""), (name, "", f"{total(lines):,.2f}"), *map(_row, _merged(lines)))
    ]
    yield from _aligned(rows)
    yield from _listed("assumed a month (--assume KEY=NUMBER, or KEY@RESOURCE=NUMBER):", _assumed(estimate))
    yield from _listed("to know:", estimate.gaps)
    yield from _listed("not priced:", (f"{count} x {short(type_)} ({type_})" for type_, count in _unpriced(estimate)))
    dates = sorted({line.price.date for line in estimate.lines})
    if dates:
        when = f"of {dates[0]}" if len(dates) == 1 else f"of {dates[0]} to {dates[-1]}"
        yield f"\nprices are AWS's own, {when}; taxes, credits and discounts are left out"


def _merged(lines: Sequence[Line]) -> Iterator[tuple[list[Line], float]]:
    """Lines that differ in their resource alone become one."""
    same: dict[tuple[str, str, float], list[Line]] = {}
    for line in lines:
        same.setdefault((line.what, line.unit, line.price.usd), []).append(line)
    for group in sorted(same.values(), key=lambda group: -total(group)):
        yield group, sum(line.quantity for line in group)


def _row(merged: tuple[list[Line], float]) -> tuple[str, str, str]:
    group, quantity = merged
    first = group[0]
    names = first.resource if len(group) == 1 else f"{len(group)} resources"
    million = first.price.usd < _SMALL
    amount = (
        f"{round(quantity / 1e6, 2):,.10g} million {first.unit}"
        if million
        else f"{round(quantity, 2):,.10g} {first.unit}"
    )
    price = first.price.usd * (1e6 if million else 1)
    return f"  {first.what} ({names})", f"{amount} at {price:.10g}", f"{total(group):,.2f}"


def _assumed(estimate: Estimate) -> Iterator[str]:
    for named, value in estimate.assumptions.items():
        key, _, resource = named.partition("@")
        meaning = ASSUMPTIONS[key].meaning
        yield f"{named} = {value:,.10g}: {meaning}" if not resource else f"{named} = {value:,.10g}"


def _unpriced(estimate: Estimate) -> list[tuple[str, int]]:
    return sorted(estimate.unpriced.items())


def _listed(heading: str, items: Any) -> Iterator[str]:
    listed = [f"  {item}" for item in items]
    if listed:
        yield from ("", heading, *listed)


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for first, *others in rows:
        rest = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *rest]).rstrip()
