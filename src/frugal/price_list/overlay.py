"""Lays AWS's own files over a snapshot: newer prices, with the names the snapshot knows.

The files name a product by SKU and usage type, never by the description that half of our meters
use. The snapshot knows both. So an official file does not replace the snapshot; it is laid over it:

1. An offer and Region that no file speaks of stays as it is, byte for byte.
2. A SKU in a file gets the file's price, and keeps its names. A reading in the snapshot that is
   newer than the file still counts (`merge.settle` decides, by date).
3. What the snapshot holds without a SKU joins the one SKU of its instance or usage type; if there
   are two, it joins neither.
4. A SKU the snapshot holds and a newer file of the Region does not is no longer sold: it goes, and
   is counted. Of ``Any``, which every regional file holds a part of, nothing goes. A file that
   lacks most of what is known is an excerpt: then only what it has under another SKU goes.
5. A SKU new to the snapshot takes the names of the dimension with its usage type and operation, if
   that is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from frugal.model.brief import Value
from frugal.price_list.bulk import REAL_REGION
from frugal.price_list.container import Container
from frugal.price_list.layout import Numbered, dimension_of, price_of
from frugal.price_list.merge import Draft, complete, instance_named, settle
from frugal.price_list.packing import Packing
from frugal.price_list.rows import Row, official_rows
from frugal.price_list.shelf import Dimension, dimensions_of
from frugal.price_list.spool import Found, Spool

USD = "USD"


class Gone(Value, frozen=True, kw_only=True):
    """Products of an offer and Region that AWS no longer lists."""

    offer: str
    region: str
    products: int


class Laid(Value, frozen=True, kw_only=True):
    """What became of the files."""

    id: str
    files: tuple[str, ...]  #: each as it is called, with its version, in the order given
    products: int  #: with a price in dollars, or free
    apart: int  #: with a price in another currency
    gone: tuple[Gone, ...]
    excerpts: tuple[str, ...]  #: offers and Regions of which the files hold a part only
    left_out: tuple[tuple[str, int], ...]  #: reason, how many


class Known(Value, frozen=True, kw_only=True):
    """One product as the snapshot holds it: its block entry, and what it is called."""

    entry: list[Any]
    dimension: Dimension

    @property
    def sku(self) -> str:
        return str(self.entry[1])

    @property
    def date(self) -> str:
        """Of the newest reading, of the price or of a confirmation."""
        return max(str(self.entry[3]), str(self.entry[4]))


class Overlay:
    """One run: a spool of files, the snapshot below, and the file being written."""

    def __init__(self, spool: Spool, below: Container | None) -> None:
        self._spool, self._below = spool, below
        tables = {key: self._read(key) for key in ("sources", "bands", "documented", "conflicts")}
        self._sources = Numbered(tables["sources"])
        self._bands = Numbered(tuple(band) for band in tables["bands"])
        self._files = tuple(
            f"{source.name} {source.heading.version}" for source in spool.sources.values()
        )
        self._documented, self._conflicts = tables["documented"], tables["conflicts"]
        self._gone: list[Gone] = []
        self._excerpts: list[str] = []
        self._products = self._apart = 0

    def lay(self, target: Path) -> Laid:
        """Write the snapshot and say what is in it."""
        self._spool.index()
        places = self._spool.places()
        dollars: dict[str, list[str]] = {}
        for currency, offer, region in places:
            if currency == USD:
                dollars.setdefault(offer, []).append(region)
        replaced = {f"offer/{offer}" for offer in dollars}
        replaced |= {f"price/{offer}/{region}" for offer in dollars for region in dollars[offer]}
        replaced |= {"/".join(("currency", *place)) for place in places if place[0] != USD}
        self._conflicts = [
            said for said in self._conflicts if f"price/{said[0]}/{said[1]}" not in replaced
        ]
        with Packing(target.parent) as packing:
            for offer, regions in dollars.items():
                self._lay_offer(packing, offer, regions)
            for currency, offer, region in places:
                if currency != USD:
                    packing.add_items(
                        f"currency/{currency}/{offer}/{region}",
                        self._in_currency(currency, offer, region),
                    )
            tables = {"sources", "bands", "documented", "conflicts", "files"}
            for key in self._below.keys if self._below else ():
                if key not in replaced | tables:
                    assert self._below is not None
                    packing.copy(key, self._below.raw(key))
            packing.add("sources", self._sources.listed())
            packing.add("bands", self._bands.listed())
            packing.add("documented", self._documented)
            packing.add("conflicts", sorted(self._conflicts))
            packing.add("files", sorted({*self._read("files"), *self._files}))
            id_ = packing.finish(target)
        return Laid(
            id=id_,
            files=self._files,
            products=self._products,
            apart=self._apart,
            gone=tuple(self._gone),
            excerpts=tuple(self._excerpts),
            left_out=tuple(sorted(self._spool.left_out.items())),
        )

    def _read(self, key: str) -> list[Any]:
        below = self._below
        return below.read(key) if below is not None and key in below.keys else []

    def _lay_offer(self, packing: Packing, offer: str, regions: list[str]) -> None:
        block = self._read(f"offer/{offer}")
        known = dimensions_of(block)
        self._spool.begin_offer(block)
        names = _by_usage(known)
        for region in regions:
            below = [
                Known(entry=entry, dimension=known[entry[0]])
                for entry in self._read(f"price/{offer}/{region}")
            ]
            packing.add_items(f"price/{offer}/{region}", self._entries(offer, region, below, names))
        packing.add_items(f"offer/{offer}", self._spool.dimensions())

    def _entries(
        self, offer: str, region: str, below: list[Known], names: dict[tuple[str, str], Dimension]
    ) -> Iterator[list[Any]]:
        homes = self._homes(offer, region, below)
        handled: set[str] = set()
        for found in self._spool.found(USD, offer, region):
            sku = found[0].product.sku
            known = homes.get(sku, [])
            if known:
                handled.add(sku)
            draft = self._draft(offer, region, found, known)
            self._conflicts.extend(
                [offer, region, sku, draft.usage_type, said] for said in draft.conflicts
            )
            called = self._called(offer, region, draft, known, names)
            self._products += 1
            yield [
                self._spool.dimension(_dimension(draft, called)),
                *price_of(draft, self._sources, self._bands),
            ]
        yield from self._kept(offer, region, homes, handled)

    def _kept(
        self, offer: str, region: str, homes: dict[str, list[Known]], handled: set[str]
    ) -> Iterator[list[Any]]:
        """Yield what no file speaks of and stays; count what goes."""
        newest = self._spool.newest(offer, region) if REAL_REGION.match(region) else ""
        rest = [one for sku, known in homes.items() if sku not in handled for one in known]
        absent = [one for one in rest if one.sku and one.date < newest]
        if len(absent) > len(handled):  # no list of AWS's ever lost half of its products
            self._excerpts.append(f"{offer} {region}")
            absent = [one for one in absent if self._is_replaced(offer, region, one)]
        if absent:
            self._gone.append(Gone(offer=offer, region=region, products=len(absent)))
        going = {id(one) for one in absent}
        yield from (one.entry for one in rest if id(one) not in going)

    def _is_replaced(self, offer: str, region: str, one: Known) -> bool:
        usage, operation = one.dimension.usage_type, one.dimension.operation
        return bool(usage) and bool(
            self._spool.homes(offer, region, usage_type=usage, operation=operation)
        )

    def _homes(self, offer: str, region: str, below: list[Known]) -> dict[str, list[Known]]:
        """Which of the products below belongs to which SKU; those without one are under ""."""
        homes: dict[str, list[Known]] = {}
        for known in below:
            sku = known.sku
            if not sku:
                for looks in _looks(known):
                    if found := self._spool.homes(offer, region, **looks):
                        sku = found[0] if len(found) == 1 else ""
                        break
            homes.setdefault(sku, []).append(known)
        return homes

    def _draft(self, offer: str, region: str, found: list[Found], known: list[Known]) -> Draft:
        newest = max(one.source.heading.date for one in found)
        rows = [
            row
            for one in found
            for row in official_rows(one.source.heading, one.product, one.rates)
        ]
        for one in known:
            if one.date > newest:
                rows.extend(self._rows(offer, region, one, found[0].product.sku))
        if len(rows) == 1 and complete(rows):  # nine of ten, and nothing to settle
            (row,) = rows
            return Draft(
                rows,
                sku=row.sku,
                usage_type=row.usage_type,
                operation=row.operation,
                unit=row.unit,
                group=row.group,
                attributes=row.attributes,
                bands=rows,
            )
        return settle(Draft(rows, sku=found[0].product.sku))

    def _rows(self, offer: str, region: str, known: Known, sku: str) -> Iterator[Row]:
        """What the snapshot holds of a product, as the rows it was made of."""
        sources, bands = self._sources.listed(), self._bands.listed()
        _, _, source, date, confirmed, _, tiers = known.entry
        for place, usd, code in tiers:
            begin, end = bands[place]
            yield Row(
                offer=offer,
                region=region,
                sku=sku,
                usage_type=known.dimension.usage_type,
                operation=known.dimension.operation,
                group=known.dimension.group,
                name="",
                attributes=known.dimension.attributes,
                unit=known.dimension.unit,
                begin=None if begin is None else Decimal(begin),
                end=None if end is None else Decimal(end),
                usd=Decimal(usd),
                date=max(date, confirmed) if begin is None else date,
                source=sources[source],
                rate_code=f"{sku}.{code}" if code else "",
            )

    def _called(
        self,
        offer: str,
        region: str,
        draft: Draft,
        known: list[Known],
        names: dict[tuple[str, str], Dimension],
    ) -> Dimension | None:
        """Return what the product is known by: here, or by its usage type in other Regions."""
        if known:
            return max(known, key=lambda one: (bool(one.dimension.name), one.date)).dimension
        key = (draft.usage_type, draft.operation)
        if not draft.usage_type or key not in names:
            return None
        alike = self._spool.homes(offer, region, usage_type=key[0], operation=key[1])
        return names[key] if len(alike) == 1 else None

    def _in_currency(self, currency: str, offer: str, region: str) -> Iterator[list[Any]]:
        for found in self._spool.found(currency, offer, region):
            newest = max(found, key=lambda one: (one.source.heading.date, one.source.name))
            product, heading = newest.product, newest.source.heading
            self._apart += 1
            yield [
                product.sku,
                product.usage_type,
                product.operation,
                newest.rates[0].unit,
                heading.date,
                f"{heading.offer} {heading.version} {region}",
                [
                    [
                        rate.begin or None,
                        None if rate.end in ("", "Inf") else rate.end,
                        rate.price,
                        rate.code,
                    ]
                    for rate in newest.rates
                ],
            ]


def _dimension(draft: Draft, called: Dimension | None) -> tuple[Any, ...]:
    """Return the block entry of a product: the file's words, then what it was known by."""
    if called is None:
        return dimension_of(draft)
    return (
        called.name,
        called.band_names,
        called.aliases,
        draft.usage_type or called.usage_type,
        draft.operation or called.operation,
        draft.group or called.group,
        draft.unit or called.unit,
        draft.attributes or called.attributes,
        called.regionless,
    )


def _looks(known: Known) -> Iterator[dict[str, str]]:
    """Yield the columns by which a product without a SKU is looked for among the files'."""
    dimension = known.dimension
    if instance := instance_named(dimension.name, dimension.usage_type, dimension.operation):
        yield {"instance": instance}
    if dimension.usage_type and dimension.operation:
        yield {"usage_type": dimension.usage_type, "operation": dimension.operation}
    elif dimension.usage_type:
        yield {"usage_type": dimension.usage_type}


def _by_usage(dimensions: list[Dimension]) -> dict[tuple[str, str], Dimension]:
    """Return the dimensions whose usage type and operation no other of the offer has."""
    found: dict[tuple[str, str], list[Dimension]] = {}
    for dimension in dimensions:
        if dimension.usage_type and dimension.name:
            found.setdefault((dimension.usage_type, dimension.operation), []).append(dimension)
    return {key: alike[0] for key, alike in found.items() if len(alike) == 1}
