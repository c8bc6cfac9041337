"""One offer in one Region, taken from the snapshot and laid out by every name its products have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from frugal.model.brief import Value
from frugal.price_list.meter import Meter


class Dimension(Value, frozen=True, kw_only=True):
    """What is the same of one product in every Region that has it."""

    name: str
    band_names: tuple[str, ...]
    aliases: tuple[str, ...]
    usage_type: str
    operation: str
    group: str
    unit: str
    attributes: str
    regionless: tuple[str, ...]


class Entry(Value, frozen=True, kw_only=True):
    """One product in one Region, as the snapshot holds it."""

    dimension: Dimension
    sku: str
    source: int
    date: str
    confirmed: str
    trouble: str  #: why it cannot price anything; empty where it can
    bands: tuple[tuple[int, str, str], ...]  #: range by number, rate, rest of the rate code

    @property
    def called(self) -> str:
        """How an error names it: the SKU, or what it has instead."""
        return self.sku or f"{self.dimension.usage_type or self.dimension.name} (no SKU)"

    @property
    def rates(self) -> tuple[tuple[int, str], ...]:
        return tuple((place, usd) for place, usd, _ in self.bands)


def dimensions_of(block: list[Any]) -> list[Dimension]:
    """Return the dimensions of an offer from its block."""
    return [
        Dimension(
            name=name,
            band_names=tuple(band_names),
            aliases=tuple(aliases),
            usage_type=usage_type,
            operation=operation,
            group=group,
            unit=unit,
            attributes=attributes,
            regionless=tuple(regionless),
        )
        for (
            name,
            band_names,
            aliases,
            usage_type,
            operation,
            group,
            unit,
            attributes,
            regionless,
        ) in block
    ]


class Shelf:
    """The products of one offer in one Region, by each of their names."""

    def __init__(self, block: list[Any], dimensions: list[Dimension]) -> None:
        self.entries = tuple(
            Entry(
                dimension=dimensions[number],
                sku=sku,
                source=source,
                date=date,
                confirmed=confirmed,
                trouble=trouble,
                bands=tuple((place, usd, code) for place, usd, code in bands),
            )
            for number, sku, source, date, confirmed, trouble, bands in block
        )
        self.by_usage_type: dict[str, list[Entry]] = {}
        self.by_name: dict[str, list[Entry]] = {}
        self.by_derived_name: dict[str, list[Entry]] = {}
        self.by_regionless: dict[str, list[Entry]] = {}
        for entry in self.entries:
            dimension = entry.dimension
            _file(self.by_usage_type, (dimension.usage_type,), entry)
            _file(self.by_name, dimension.band_names or (dimension.name,), entry)
            _file(self.by_derived_name, (dimension.name, *dimension.aliases), entry)
            _file(self.by_regionless, dimension.regionless, entry)

    def answers(self, meter: Meter) -> list[Entry]:
        """Return the products a meter's names lead to; one, where all is well.

        A product that is called something else than the meter says is another product, even where
        one of its names fits: Aurora's ``db.t4g.medium`` has the usage type of PostgreSQL's.
        """
        ways = [way for way in self._ways(meter) if way.asked]
        led_to = dict.fromkeys(id(entry) for way in ways for entry in way.found)
        fitting = [
            entry
            for entry in self.entries
            if id(entry) in led_to and all(way.allows(entry) for way in ways)
        ]
        if not fitting and sum(bool(way.found) for way in ways) > 1:
            return [entry for way in ways for entry in way.found]  # the names disagree: say so
        exact = [entry for entry in fitting if all(entry in way.found for way in ways)]
        if exact:
            return exact
        # The list holds one dimension twice where no source ties its two names together. Alike,
        # the newer reading stands for both; unlike, somebody has to look.
        by_way = [[entry for entry in fitting if entry in way.found] for way in ways]
        one_each = all(len(found) <= 1 for found in by_way)
        if fitting and one_each and len({entry.rates for entry in fitting}) == 1:
            return [max(fitting, key=lambda entry: (entry.date, entry.sku))]
        return fitting

    def _ways(self, meter: Meter) -> tuple[Way, ...]:
        usage_type, name, code = meter.usage_type or "", meter.name or "", meter.regionless or ""
        found = self.by_usage_type.get(usage_type, [])
        if meter.operation:
            said = [entry for entry in found if entry.dimension.operation == meter.operation]
            found = said or [entry for entry in found if not entry.dimension.operation]
        return (
            Way(usage_type, found, lambda entry: not entry.dimension.usage_type),
            Way(
                name,
                self.by_name.get(name) or self.by_derived_name.get(name, []),
                lambda entry: not entry.dimension.name,
            ),
            Way(
                code, self.by_regionless.get(code, []), lambda entry: not entry.dimension.regionless
            ),
        )


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a product: what was asked, what that leads to, and who has no such name."""

    asked: str
    found: list[Entry]
    nameless: Callable[[Entry], bool]

    def allows(self, entry: Entry) -> bool:
        return entry in self.found or self.nameless(entry)


def _file(under: dict[str, list[Entry]], names: tuple[str, ...], entry: Entry) -> None:
    for name in dict.fromkeys(names):
        if name:
            under.setdefault(name, []).append(entry)
