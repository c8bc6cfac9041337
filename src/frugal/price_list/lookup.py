"""Finding the price of a meter in a Region: exact, or an error.

Never the first of several and never the largest. A meter may name its dimension in two ways, by
usage type and by AWS's description; each way that finds something must find one product, and if
both do they must find the same rates.

Which descriptions match: the name of any band (``Lambda Duration Tier2``), of the product as a
whole (``Lambda Duration``: the words its bands' names begin with, without joining words at the
end), and what us-east-1 calls the same dimension. AWS's own names are looked at first, so that a
name we cut out of several can never hide one that AWS uses.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from frugal.model.brief import Value
from frugal.model.errors import PriceAmbiguous, PriceNotFound
from frugal.price_list.container import Container
from frugal.price_list.meter import Meter
from frugal.price_list.product import Allowance, Band, Listed, ListPrice, Tier
from frugal.price_list.shelf import Dimension, Entry, Shelf, dimensions_of
from frugal.price_list.units import same_unit
from payouts.facts import Basis

SNAPSHOT = Path(__file__).with_name("data") / "aws-list-prices.bin"
EVERY_REGION = "all"  #: a documented price that holds wherever the service is
GLOBAL = "Any"  #: where AWS lists what is not priced by Region


class Conflict(Value, frozen=True, kw_only=True):
    """A reading that contradicts a price in the list; the price stands, the reading is listed."""

    offer: str
    region: str
    sku: str
    dimension: str
    said: str


class PriceList:
    """A snapshot of AWS's list prices; each offer and Region is read when first asked for."""

    def __init__(self, path: Path) -> None:
        self._file = Container(path)
        self._shelves: dict[tuple[str, str], Shelf] = {}
        self._dimensions: dict[str, list[Dimension]] = {}
        self._found: dict[tuple[Meter, str], ListPrice] = {}
        self._tables: dict[str, list[Any]] = {}
        self._regions: dict[str, list[str]] = {}
        self._apart: list[tuple[str, str, str]] = []
        for key in self._file.keys:
            kind, _, rest = key.partition("/")
            if kind == "price":
                offer, _, region = rest.partition("/")
                self._regions.setdefault(offer, []).append(region)
            elif kind == "currency":
                currency, offer, region = rest.split("/", 2)
                self._apart.append((currency, offer, region))

    @property
    def id(self) -> str:
        """Hash of the content: two runs with the same id used the same prices."""
        return self._file.id

    def offers(self) -> tuple[str, ...]:
        return tuple(sorted(self._regions))

    def regions(self, offer: str) -> tuple[str, ...]:
        """Return every Region of an offer, with ``Any`` and geographies where it has them."""
        return tuple(sorted(self._regions.get(offer, ())))

    def find(self, meter: Meter, region: str) -> ListPrice:
        """Return the price of ``meter`` in ``region``.

        Raises:
            PriceNotFound: no usable row answers, or its unit is not the meter's.
            PriceAmbiguous: several products answer, or the two ways of naming it disagree.
        """
        price = self._found.get((meter, region))
        if price is None:
            price = self._found[meter, region] = self._find(meter, meter.listed_in or region)
        return price

    def has(self, meter: Meter, region: str) -> bool:
        """Whether ``meter`` has exactly one usable price in ``region``."""
        try:
            self.find(meter, region)
        except (PriceNotFound, PriceAmbiguous):
            return False
        return True

    def allowance(self, meter: Meter, region: str = GLOBAL) -> Allowance:
        """Return what an account gets free of ``meter`` a month, where that is listed by itself.

        An allowance that is the $0 first band of a price is not here: it is in that price.
        """
        where = meter.listed_in or region
        entry = self._only(meter, where)
        if entry is None:
            return self._documented_allowance(meter, where)
        (place, usd, _), *more = entry.bands
        begin, end = self._table("bands")[place]
        if more or Decimal(usd) != 0 or begin != "0" or end is None:
            raise PriceNotFound(f"{entry.called} is no allowance", where=f"{meter} in {where}")
        return Allowance(
            offer=meter.offer,
            region=where,
            sku=entry.sku,
            usage_type=entry.dimension.usage_type,
            name=entry.dimension.name,
            unit=entry.dimension.unit or meter.unit,
            quantity=Decimal(end),
            effective_date=entry.date,
            source=self._table("sources")[entry.source],
            basis=Basis.LISTED,
        )

    def effective_date(self, offer: str, region: str) -> str:
        """Return the newest publication date behind the prices of an offer in a Region."""
        return max((entry.date for entry in self._entries(offer, region)), default="")

    def conflicts(self) -> tuple[Conflict, ...]:
        """Return the readings that contradict a price of the list."""
        return tuple(
            Conflict(offer=offer, region=region, sku=sku, dimension=dimension, said=said)
            for offer, region, sku, dimension, said in self._table("conflicts")
        )

    def prices(self, offer: str, region: str) -> tuple[ListPrice, ...]:
        """Return every usable price of an offer in a Region."""
        return tuple(
            self._price(offer, region, entry)
            for entry in self._entries(offer, region)
            if not entry.trouble
        )

    def unusable(self, offer: str, region: str) -> tuple[tuple[str, str], ...]:
        """Return what is listed but prices nothing: how it is called, and why not."""
        return tuple(
            (entry.called, entry.trouble) for entry in self._entries(offer, region) if entry.trouble
        )

    def products(self, offer: str, region: str) -> tuple[Listed, ...]:
        """Return all that is listed for an offer in a Region, usable or not."""
        ranges, sources = self._table("bands"), self._table("sources")
        return tuple(
            Listed(
                offer=offer,
                region=region,
                sku=entry.sku,
                usage_type=entry.dimension.usage_type,
                operation=entry.dimension.operation,
                name=entry.dimension.name,
                group=entry.dimension.group,
                attributes=entry.dimension.attributes,
                unit=entry.dimension.unit,
                bands=tuple(_band(ranges[place], usd) for place, usd, _ in entry.bands),
                effective_date=entry.date,
                confirmed_date=entry.confirmed,
                source=sources[entry.source],
                unusable=entry.trouble,
            )
            for entry in self._entries(offer, region)
        )

    def apart(self) -> tuple[tuple[str, str, str], ...]:
        """Return (currency, offer, region) of the lists in other currencies; none is ever found."""
        return tuple(sorted(self._apart))

    def in_currency(self, currency: str, offer: str, region: str) -> tuple[Listed, ...]:
        """Return a list that is kept apart because its prices are not in dollars."""
        return tuple(
            Listed(
                offer=offer,
                region=region,
                sku=sku,
                usage_type=usage_type,
                operation=operation,
                name="",
                group="",
                attributes="",
                unit=unit,
                bands=tuple(_band((begin, end), price) for begin, end, price, _ in bands),
                effective_date=date,
                confirmed_date="",
                source=source,
                currency=currency,
            )
            for sku, usage_type, operation, unit, date, source, bands in self._file.read(
                f"currency/{currency}/{offer}/{region}"
            )
        )

    def search(self, offer: str, region: str, text: str) -> tuple[ListPrice, ...]:
        """Return the usable prices whose usage type, name, group or SKU holds every word."""
        words = text.lower().split()
        return tuple(
            price
            for price in self.prices(offer, region)
            if all(
                word in f"{price.usage_type} {price.name} {price.group} {price.sku}".lower()
                for word in words
            )
        )

    def _find(self, meter: Meter, region: str) -> ListPrice:
        entry = self._only(meter, region)
        if entry is None:
            return self._documented(meter, region)
        if entry.trouble:
            raise PriceNotFound(
                f"{entry.called} has no usable price: {entry.trouble}",
                where=f"{meter} in {region}",
            )
        return self._price(meter.offer, region, entry)

    def _only(self, meter: Meter, region: str) -> Entry | None:
        """The one product that answers, in the meter's unit; ``None`` where none does."""
        if region not in self._regions.get(meter.offer, ()):
            return None
        found = self._shelf(meter.offer, region).answers(meter)
        if len(found) > 1:
            raise PriceAmbiguous(
                f"{len(found)} products answer to {meter}: "
                f"{', '.join(sorted(entry.called for entry in found))}",
                where=f"{meter.offer} in {region}",
                hint="Name the operation, or one product by its description",
            )
        for entry in found:
            self._check_unit(meter, region, entry.called, entry.dimension.unit)
        return found[0] if found else None

    @staticmethod
    def _check_unit(meter: Meter, region: str, called: str, unit: str) -> None:
        if not same_unit(meter.unit, unit):
            raise PriceNotFound(
                f"{called} is priced per {unit}, not per {meter.unit}",
                where=f"{meter} in {region}",
            )

    def _shelf(self, offer: str, region: str) -> Shelf:
        if (offer, region) not in self._shelves:
            if offer not in self._dimensions:
                self._dimensions[offer] = dimensions_of(self._file.read(f"offer/{offer}"))
            block = self._file.read(f"price/{offer}/{region}")
            self._shelves[offer, region] = Shelf(block, self._dimensions[offer])
        return self._shelves[offer, region]

    def _entries(self, offer: str, region: str) -> tuple[Entry, ...]:
        listed = region in self._regions.get(offer, ())
        return self._shelf(offer, region).entries if listed else ()

    def _table(self, key: str) -> list[Any]:
        if key not in self._tables:
            self._tables[key] = self._file.read(key)
        return self._tables[key]

    def _price(self, offer: str, region: str, entry: Entry) -> ListPrice:
        ranges = self._table("bands")
        dimension = entry.dimension
        tiers = []
        for place, usd, code in entry.bands:
            begin, end = ranges[place]
            tiers.append(
                Tier(
                    begin=Decimal(begin),
                    end=None if end is None else Decimal(end),
                    usd=Decimal(usd),
                    rate_code=f"{entry.sku}.{code}" if code else "",
                )
            )
        return ListPrice(
            offer=offer,
            region=region,
            sku=entry.sku,
            usage_type=dimension.usage_type,
            operation=dimension.operation,
            name=dimension.name,
            group=dimension.group,
            attributes=dimension.attributes,
            unit=dimension.unit,
            tiers=tuple(tiers),
            effective_date=entry.date,
            confirmed_date=entry.confirmed,
            source=self._table("sources")[entry.source],
            basis=Basis.LISTED,
            regionless=dimension.regionless,
        )

    def _documented(self, meter: Meter, region: str) -> ListPrice:
        offer, _, item, unit, usd, _, date, source = self._documented_row(meter, region, free=False)
        self._check_unit(meter, region, item, unit)
        return ListPrice(
            offer=offer,
            region=region,
            sku="",
            usage_type="",
            operation="",
            name=item,
            group="",
            attributes="",
            unit=unit,
            tiers=(Tier(begin=Decimal(0), end=None, usd=Decimal(usd)),),
            effective_date=date,
            confirmed_date="",
            source=source,
            basis=Basis.DOCUMENTED,
        )

    def _documented_allowance(self, meter: Meter, region: str) -> Allowance:
        row = self._documented_row(meter, region, free=True)
        offer, _, item, unit, _, quantity, date, source = row
        return Allowance(
            offer=offer,
            region=region,
            sku="",
            usage_type="",
            name=item,
            unit=unit or meter.unit,
            quantity=Decimal(quantity),
            effective_date=date,
            source=source,
            basis=Basis.DOCUMENTED,
        )

    def _documented_row(self, meter: Meter, region: str, *, free: bool) -> list[Any]:
        """The one row of a page that states this price, or (``free``) this allowance."""
        rows: list[list[Any]] = [
            row
            for row in self._table("documented")
            if (row[0], row[2], row[5] is not None) == (meter.offer, meter.documented_item, free)
            and row[1] in (region, EVERY_REGION)
        ]
        if not rows:
            raise self._not_found(meter, region)
        if len(rows) > 1:
            raise PriceAmbiguous(
                f"{len(rows)} pages price {meter}: {', '.join(sorted(row[7] for row in rows))}",
                where=f"{meter.offer} in {region}",
            )
        return rows[0]

    def _not_found(self, meter: Meter, region: str) -> PriceNotFound:
        """Say what is missing where, and what is near: the Regions that have it, or the names."""
        regions = self.regions(meter.offer)
        elsewhere = [r for r in regions if self._shelf(meter.offer, r).answers(meter)]
        elsewhere += [
            f"{row[1]} (documented)"
            for row in self._table("documented")
            if (row[0], row[2]) == (meter.offer, meter.documented_item)
        ]
        apart = [key[0] for key in self.apart() if key[1:] == (meter.offer, region)]
        if apart:
            hint = f"It is listed there in {', '.join(apart)}, which is no price in dollars"
        elif not regions:
            hint = f"The price list has the offers {', '.join(self.offers())}"
        elif elsewhere:
            hint = f"It is listed in {', '.join(elsewhere)}"
        elif region not in regions:
            hint = f"The offer is listed in {', '.join(regions)}"
        else:
            hint = f"Near it: {', '.join(self._near(meter, region)) or 'nothing'}"
        return PriceNotFound(
            f"no row answers to {meter}", where=f"{meter.offer} in {region}", hint=hint
        )

    def _near(self, meter: Meter, region: str) -> list[str]:
        from difflib import get_close_matches

        shelf = self._shelf(meter.offer, region)
        known = sorted({*shelf.by_usage_type, *shelf.by_name})
        asked = (meter.usage_type, meter.name, meter.documented_item)
        return [near for said in asked if said for near in get_close_matches(said, known, 3, 0.4)]


def _band(place: tuple[str | None, str | None], price: str) -> Band:
    begin, end = place
    return Band(
        begin=None if begin is None else Decimal(begin),
        end=None if end is None else Decimal(end),
        price=Decimal(price),
    )


@cache
def open_snapshot(path: Path = SNAPSHOT) -> PriceList:
    """Return the list the package carries, opened once a run."""
    return PriceList(path)
