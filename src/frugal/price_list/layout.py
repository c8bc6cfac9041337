"""How a product is written into the snapshot: what stands once for all Regions, and what in each.

`frugal.price_list.importer` lists the blocks; `shelf` and `lookup` read what is written here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from frugal.price_list.merge import Draft, common_name


class Numbered:
    """Gives each distinct value the number of its first appearance."""

    def __init__(self, known: Iterable[Hashable] = ()) -> None:
        self.values: dict[Any, int] = {value: number for number, value in enumerate(known)}

    def __call__(self, value: Any) -> int:
        return self.values.setdefault(value, len(self.values))

    def listed(self) -> list[Any]:
        return list(self.values)


def dimension_of(draft: Draft) -> tuple[Any, ...]:
    """Return what is the same of a product in every Region that has it."""
    paid = next((band.name for band in draft.bands if band.usd > 0), "")
    return (
        common_name(draft.names, paid),
        draft.names if len(draft.names) > 1 else (),
        draft.aliases,
        draft.usage_type,
        draft.operation,
        draft.group,
        draft.unit,
        draft.attributes,
        draft.regionless,
    )


def price_of(draft: Draft, sources: Numbered, bands: Numbered) -> list[Any]:
    """Return a product's SKU, source, dates, trouble and bands, by number where they repeat."""
    newest = max(draft.bands, key=lambda band: (band.date, band.usd))
    confirmed = draft.confirmed if draft.confirmed > newest.date else ""
    tiers = []
    for band in draft.bands:
        begin = None if band.begin is None else f"{band.begin:f}"
        end = None if band.end is None else f"{band.end:f}"
        tiers.append([bands((begin, end)), f"{band.usd:f}", band.rate_code.partition(".")[2]])
    return [draft.sku, sources(newest.source), newest.date, confirmed, draft.trouble, tiers]
