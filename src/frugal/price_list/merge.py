"""From rows to products: which rows speak of the same product, and which of them is its price.

The rows come from readings of different dates and kinds. Six rules turn them into prices:

1. Rows with one SKU are one product. Rows without a SKU join the product with the same usage type
   (and operation, where both say one), or the same instance; if two products answer, they join
   neither.
2. The newest complete table of bands is the price. A newer reading of some bands replaces those.
3. A row without a band confirms a table and never replaces it. If its rate is in no band, that is a
   *conflict*: listed, and the table stands.
4. Bands must begin at 0, touch and end at infinity. Otherwise the product is kept, with the reason
   why it cannot price anything. A free band that ends is such a one: an allowance.
5. AWS's regionless code is the same for one dimension in all Regions: it carries usage type,
   operation, unit and names to the Regions whose rows lack them.
6. Where there is no such code, or a Region has its own, the instance is the join
   (``BoxUsage:t4g.micro`` is ``On Demand Linux t4g.micro Instance Hour``), and last an equal name
   that is unique.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from frugal.price_list.rows import Row

HOME = "us-east-1"
REAL_REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")
#: Ways the sources name one instance; each gives type, engine and deployment where it has them.
INSTANCES = tuple(
    re.compile(pattern)
    for pattern in (
        r"On Demand (?P<engine>Linux) (?P<type>\S+) Instance Hour",
        r"^(?P<type>[a-z]\S*\.\S+) (?P<engine>Linux|Windows)$",
        r"^Database Instance (?P<engine>PostgreSQL) No license required (?P<type>db [a-z0-9.]+) .*"
        r"(?P<deployment>Single-AZ|Multi-AZ)",
        r"per RDS (?P<type>db\.\S+) (?P<deployment>Single-AZ|Multi-AZ) instance hour .* running "
        r"(?P<engine>PostgreSQL)$",
        r"^(?P<type>db\.\S+) (?P<engine>(?:Aurora )?PostgreSQL) "
        r"(?P<deployment>Single-AZ|Multi-AZ)$",
    )
)
DATABASE_USAGE = re.compile(r"^(?:Instance|Multi-AZ)Usage:(?P<type>db\.\S+)$")
DATABASE_OPERATION = re.compile(r"^(?P<engine>PostgreSQL) (?P<deployment>Single-AZ|Multi-AZ)$")
#: What separates the bands' names of one product that was kept without its SKU.
BAND_WORDS = re.compile(r" (?:Next|First|Greater than|Over|Up to) [\d.]+ ?[GTP]B\b")
#: Left over when what is common to the bands' names is cut out of them.
DANGLING = {"for", "from", "of", "the", "up", "to", "per", "over", "first", "next", "number"}

UNKNOWN_RANGE = "its range is not known"
INCOMPLETE = "its bands do not cover all use"
CONTRADICTORY = "two readings of one date disagree"
ALLOWANCE = "it is a free allowance, not a price"


@dataclass
class Draft:
    """A product being put together."""

    rows: list[Row]
    sku: str = ""
    usage_type: str = ""
    operation: str = ""
    unit: str = ""
    group: str = ""
    attributes: str = ""
    names: tuple[str, ...] = ()  #: as the bands are called, lowest first
    aliases: tuple[str, ...] = ()  #: what us-east-1 calls the same dimension, where that differs
    bands: list[Row] = field(default_factory=list)
    trouble: str = ""
    confirmed: str = ""
    conflicts: list[str] = field(default_factory=list)

    @property
    def regionless(self) -> tuple[str, ...]:
        return tuple(sorted({row.regionless for row in self.rows if row.regionless}))

    @property
    def instance(self) -> str:
        return next((found for row in self.rows if (found := instance_of(row))), "")


def drafts_of(rows: Iterable[Row]) -> list[Draft]:
    """Return the products of the rows of one offer and Region, settled, in a fixed order."""
    drafts = [settle(draft) for draft in _grouped(rows)]
    return sorted(drafts, key=lambda d: (d.usage_type, d.names, d.sku, d.operation))


def _grouped(rows: Iterable[Row]) -> list[Draft]:
    by_sku: dict[str, Draft] = {}
    loose: dict[tuple[str, ...], Draft] = {}
    for row in rows:
        if row.sku:
            by_sku.setdefault(row.sku, Draft([], sku=row.sku)).rows.append(row)
        else:
            key = _loose_key(row)
            loose.setdefault(key, Draft([])).rows.append(row)
    drafts = list(by_sku.values())
    for draft in loose.values():
        homes = [home for home in by_sku.values() if _same_product(home, draft)]
        if len(homes) == 1:
            homes[0].rows.extend(draft.rows)
        else:
            drafts.append(draft)
    return drafts


def _loose_key(row: Row) -> tuple[str, ...]:
    if instance := instance_of(row):
        return ("instance", instance)
    if row.usage_type:
        return ("usage", row.usage_type, row.operation)
    return ("name", BAND_WORDS.sub("", row.name))


def _same_product(home: Draft, loose: Draft) -> bool:
    if loose.instance:
        return loose.instance == home.instance
    usage = loose.rows[0].usage_type
    if not usage or usage not in {row.usage_type for row in home.rows}:
        return False
    said = {row.operation for row in (*home.rows, *loose.rows) if row.operation}
    return len(said) <= 1


def instance_of(row: Row) -> str:
    """Return the instance a row prices, spelled in one way; empty if it prices no instance.

    Examples of what is joined: ``c7g.large Linux``, ``On Demand Linux c7g.large Instance Hour``.
    """
    return instance_named(row.name, row.usage_type, row.operation)


def instance_named(name: str, usage_type: str, operation: str) -> str:
    """Return the instance that a name, or else a usage type and operation, speaks of."""
    for pattern in INSTANCES:
        if found := pattern.search(name):
            parts = found.groupdict()
            kind = parts["type"].replace("db ", "db.")
            return f"{kind} {parts['engine']} {parts.get('deployment', '')}".strip()
    usage = DATABASE_USAGE.match(usage_type)
    how = DATABASE_OPERATION.match(operation)
    if usage and how:
        return f"{usage['type']} {how['engine']} {how['deployment']}"
    return ""


def settle(draft: Draft) -> Draft:
    """Choose the bands, the names and the rest of one product from its rows."""
    rows = sorted(
        draft.rows, key=lambda row: (row.date, row.rate_code, row.source, row.usd), reverse=True
    )
    draft.rows = rows
    ranged = [row for row in rows if row.begin is not None]
    draft.bands, draft.trouble = choose_bands(ranged)
    if not ranged:
        draft.bands = rows
        draft.trouble = UNKNOWN_RANGE
    rates = {band.usd for band in draft.bands}
    for row in rows:
        if row.begin is not None or not ranged:
            continue
        if row.usd in rates:
            draft.confirmed = max(draft.confirmed, row.date)
        else:
            draft.conflicts.append(
                f"{row.usd:f} without a range on {row.date} is none of the bands' rates "
                f"{', '.join(f'{band.usd:f}' for band in draft.bands)}"
            )
    if draft.trouble == CONTRADICTORY:
        draft.conflicts.append(CONTRADICTORY)
    draft.bands = [_with_rate_code(band, rows) for band in draft.bands]
    draft.names = _names(draft.bands, rows)
    draft.usage_type = _first(row.usage_type for row in rows)
    # "PostgreSQL Single-AZ" is a source's own label for an instance, not AWS's operation.
    draft.operation = _first(
        row.operation for row in rows if not DATABASE_OPERATION.match(row.operation)
    )
    draft.group = _first(row.group for row in (*ranged, *rows))
    draft.unit = _first(row.unit for row in (*ranged, *rows))
    draft.attributes = _first(row.attributes for row in rows)
    return draft


def choose_bands(rows: list[Row]) -> tuple[list[Row], str]:
    """Return the bands that hold, lowest first, and what is wrong with them (usually nothing).

    Rows come newest first. The newest rate of each band wins; a mixture whose bands no longer
    touch, because AWS cut them differently since, gives way to the newest whole table.
    """
    if not rows:
        return [], UNKNOWN_RANGE
    newest: dict[Decimal, Row] = {}
    for row in rows:
        assert row.begin is not None
        known = newest.setdefault(row.begin, row)
        if known.date == row.date and (known.usd, known.end) != (row.usd, row.end):
            return _in_order(newest.values()), CONTRADICTORY
    tables = [_in_order(newest.values())]
    for date in sorted({row.date for row in rows}, reverse=True):
        tables.append(_in_order(row for row in rows if row.date == date))
    dated = tables[1]
    if complete(dated):  # one reading that is whole needs nothing of older ones
        return dated, ""
    whole = next((table for table in tables if complete(table)), None)
    if whole:
        return whole, ""
    mixed = tables[0]
    free = len(mixed) == 1 and mixed[0].usd == 0 and mixed[0].begin == 0
    return mixed, ALLOWANCE if free else INCOMPLETE


def _in_order(rows: Iterable[Row]) -> list[Row]:
    unique = {row.begin: row for row in rows}
    return [unique[begin] for begin in sorted(unique, key=lambda b: b or Decimal(0))]


def complete(bands: list[Row]) -> bool:
    """Whether bands begin at 0, touch, and end at infinity."""
    reached: Decimal | None = Decimal(0)
    for band in bands:
        if reached is None or band.begin != reached:
            return False
        reached = band.end
    return bool(bands) and reached is None


def _with_rate_code(band: Row, rows: list[Row]) -> Row:
    if band.rate_code:
        return band
    place = (band.begin, band.end)
    same = (row for row in rows if row.rate_code and (row.begin, row.end) == place)
    if coded := next(same, None):
        return Row(
            **{f: getattr(band, f) for f in band.__struct_fields__ if f != "rate_code"},
            rate_code=coded.rate_code,
        )
    return band


def _names(bands: list[Row], rows: list[Row]) -> tuple[str, ...]:
    """AWS's names of the bands, lowest first.

    Rows with a rate code come from AWS's maps and hold names; then the newest row with a band and
    a name. A row without a band holds a sentence, used only where there is nothing else.
    """
    coded = [row for row in rows if row.rate_code and row.name]
    ranged = [row for row in rows if row.begin is not None and row.name]
    newest = [row for row in ranged if row.date == ranged[0].date]
    for named in (coded, [band for band in bands if band.name], newest):
        if named:
            ordered = sorted(named, key=lambda row: (row.begin or Decimal(0), row.name))
            return tuple(dict.fromkeys(row.name for row in ordered))
    return ()


def common_name(names: tuple[str, ...], paid: str = "") -> str:
    """Return one name for a product whose bands have several: the words they all begin with.

    Where they share none, ``paid`` (the first paid band's name), or the first.

    >>> common_name(("Lambda Duration", "Lambda Duration Tier2"))
    'Lambda Duration'
    >>> common_name(("Scheduled Invocation for 0 to 14000000 Invocations",
    ...              "Scheduled Invocation for 14000000 to Inf Invocations"))
    'Scheduled Invocation'
    """
    whole = {BAND_WORDS.sub("", name) for name in names}
    if len(names) <= 1 or len(whole) == 1:
        return "".join(names if len(names) <= 1 else whole)
    shared: list[str] = []
    for words in zip(*(name.split() for name in names), strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    while shared and shared[-1].lower() in DANGLING:
        shared.pop()
    return " ".join(shared) or paid or names[0]


def carry_across(drafts: dict[str, list[Draft]]) -> None:
    """Give the products of one offer what the same dimension is known by in other Regions.

    Only real Regions take part: the global list repeats regionless codes for unlike products.
    """
    real = {region: found for region, found in sorted(drafts.items()) if REAL_REGION.match(region)}
    keys = {id(draft): _joins(draft, found) for found in real.values() for draft in found}
    known: dict[str, dict[Join, set[tuple[str, ...]]]] = {
        what: defaultdict(set) for what in (*CARRIED, "names")
    }
    for region, found in real.items():
        for draft in found:
            for key in (key for join in keys[id(draft)] for key in join):
                for what in CARRIED:
                    if value := getattr(draft, what):
                        known[what][key].add((value,))
                if region == HOME and draft.names:
                    known["names"][key].add(draft.names)
    for found in real.values():
        for draft in found:
            joins = keys[id(draft)]
            for what in CARRIED:
                if not getattr(draft, what):
                    setattr(draft, what, "".join(_agreed(known[what], joins)))
            names = _agreed(known["names"], joins)
            own = {*draft.names, common_name(draft.names)}
            if not draft.names:
                draft.names = names
            called = dict.fromkeys((*names, common_name(names)))
            draft.aliases = tuple(name for name in called if name and name not in own)


#: What carries over, in this order: an operation means something only beside its usage type.
CARRIED = ("usage_type", "operation", "unit", "group")
Join = tuple[str, ...]


def _joins(draft: Draft, beside: list[Draft]) -> list[list[Join]]:
    """Keys under which other Regions know a product, the surest kind first.

    AWS's code; the instance it prices; and, because AWS gives a few Regions a code of their own
    (Secrets Manager's requests in Ireland), its names, where no product beside it has the same.
    """
    joins: list[list[Join]] = [[("code", code) for code in draft.regionless]]
    if draft.instance:
        joins.append([("instance", draft.instance)])
    if draft.names and sum(other.names == draft.names for other in beside) == 1:
        joins.append([("names", *draft.names)])
    return joins


def _agreed(known: dict[Join, set[tuple[str, ...]]], joins: list[list[Join]]) -> tuple[str, ...]:
    """What the surest kind of key that is known elsewhere leads to, if it is one thing."""
    for keys in joins:
        values = {value for key in keys for value in known.get(key, ())}
        if values:
            return values.pop() if len(values) == 1 else ()
    return ()


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")
