"""A described month as a bill: each line with its SKU, its bands and what was free.

AWS bands and allowances are the account's, shared by everything that runs up the same meter. They
are used up here in the order of the entries, so every line is exact by itself and the lines add up
to what the account pays; the total does not depend on the order. What has no price, and what nobody
said the amount of, is listed and makes the total a lower bound. It is never $0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from typing import NamedTuple

from msgspec.structs import replace

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.model.estimate import Estimate, LineItem, UnpricedPart
from frugal.price.described import Account, Described, Entry
from frugal.price.engine import Pricer
from frugal.price_list.lookup import PriceList
from frugal.price_list.meter import Meter
from frugal.price_list.product import ListPrice, Tier
from frugal.services import Allowance, Unsaid, Usage, service, service_ids

ZERO = Decimal(0)
#: Digits kept while reckoning: amounts up to 10^15 with 12 decimals, times a price of 10.
PRECISION = 60


class Band(Value, frozen=True, kw_only=True):
    """So much of a line at one rate."""

    quantity: Decimal
    list_unit_price: Decimal
    cost: Decimal
    begin: Decimal  #: of the month's use of the meter, where this rate begins


class BilledLine(LineItem, frozen=True, kw_only=True):
    """A line item with how its cost comes about.

    ``pricing_quantity`` is what is paid for: after rounding, after what is free. ``list_cost`` has
    every allowance off, ``effective_cost`` is what the account pays.
    """

    used_quantity: Decimal
    free_quantity: Decimal = ZERO
    free_because: str = ""
    free_source: str = ""
    bands: tuple[Band, ...] = ()
    where: str = ""  #: file and line of what it is the price of


class Bill(Value, frozen=True, kw_only=True):
    """A priced month."""

    estimate: Estimate
    hours: Decimal
    free_tier: str
    prices_id: str
    notes: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()

    @property
    def billed_lines(self) -> tuple[BilledLine, ...]:
        return tuple(line for line in self.estimate.lines if isinstance(line, BilledLine))

    @property
    def total(self) -> Decimal:
        """What the account pays; a lower bound while something is unpriced."""
        return self.estimate.effective_monthly

    @property
    def complete(self) -> bool:
        return self.estimate.complete and not self.not_understood


class _Row(NamedTuple):
    entry: Entry
    usage: Usage


class _Meter:
    """One meter of the month, its bands and allowances used up line by line."""

    def __init__(self, price: ListPrice, *, free: bool) -> None:
        self.price = price
        self.free = free
        self.listed = price.without_allowance().tiers
        self.tiers = price.tiers if free else self.listed
        self.list_used = ZERO
        self.used = ZERO

    def take(self, quantity: Decimal, billable: Decimal) -> tuple[Decimal, tuple[Band, ...]]:
        """Return the list cost of more use, and the bands of what of it is billed."""
        before = _cost(self.listed, self.list_used)
        self.list_used += quantity
        list_cost = _cost(self.listed, self.list_used) - before
        bands = tuple(_bands(self.tiers, self.used, self.used + billable))
        self.used += billable
        return list_cost, bands


class _Allowances:
    """The account's free amounts, used up as lines come."""

    def __init__(self, *, on: bool) -> None:
        self.on = on
        self.left: dict[str, Decimal] = {}
        self.of: dict[Meter, list[Allowance]] = {}
        if on:
            for id in service_ids():
                for allowance in service(id).allowances:
                    self.left[allowance.id] = allowance.quantity
                    for meter in allowance.meters:
                        self.of.setdefault(meter, []).append(allowance)

    def take(self, usage: Usage, quantity: Decimal) -> tuple[Decimal, str, str]:
        """Return how much of a use is free, by which allowance, and where that is said."""
        free, because, source = ZERO, "", ""
        for allowance in self.of.get(usage.meter, ()) if usage.allowed else ():
            taken = min(self.left[allowance.id], quantity - free)
            self.left[allowance.id] -= taken
            free += taken
            if taken:
                because, source = allowance.id, allowance.source
        return free, because, source


def price_described(described: Described, prices: PriceList) -> Bill:
    """Return the bill of a described month."""
    with localcontext(prec=PRECISION):
        return _priced(described, prices)


def check_region(prices: PriceList, region: str) -> None:
    """Refuse a Region that no offer is listed in: a slip of the pen would price nothing."""
    known = sorted({one for offer in prices.offers() for one in prices.regions(offer)})
    if region not in known:
        import difflib  # only a mistake needs it

        near = difflib.get_close_matches(region, known, n=3, cutoff=0.6)
        raise BadRequest(
            f"no offer of the price list has the Region {region}",
            where="region",
            hint=f"Near it: {', '.join(near)}" if near else "",
        )


def _priced(described: Described, prices: PriceList) -> Bill:
    check_region(prices, described.region)
    pricer = Pricer(prices, described.region)
    free = described.free_tier != "none"
    meters: dict[Meter, _Meter] = {}
    allowances = _Allowances(on=free)
    before, _, _ = _rows(described.account.already_used, described.hours)
    for row in before:
        _line(row, pricer, meters, allowances)
    rows, unpriced, notes = _rows(described.entries, described.hours)
    lines: list[BilledLine] = []
    for row in rows:
        line = _line(row, pricer, meters, allowances)
        if isinstance(line, str):
            unpriced.append(_part(row.entry, row.usage.meter, line))
        else:
            lines.append(line)
    unpriced.sort(key=_place_of(described.entries))
    return Bill(
        estimate=Estimate(region_id=described.region, lines=tuple(lines), unpriced=tuple(unpriced)),
        hours=described.hours,
        free_tier=described.free_tier,
        prices_id=prices.id,
        notes=(*described.notes, *notes, *_account_notes(described)),
        not_understood=described.not_understood,
    )


def _rows(
    entries: Iterable[Entry], hours: Decimal
) -> tuple[list[_Row], list[UnpricedPart], list[str]]:
    rows: list[_Row] = []
    unpriced: list[UnpricedPart] = []
    notes: list[str] = []
    for entry in entries:
        if entry.inputs is None:
            unpriced.append(_part(entry, None, entry.unpriced))
            continue
        used = tuple(service(entry.service).used(entry.inputs, hours))
        needed = _needed(entry, used)
        if needed:
            unpriced.append(_part(entry, None, f"needs usage: {', '.join(needed)}"))
        for one in used:
            if isinstance(one, Unsaid) and needed:
                continue
            if isinstance(one, Unsaid):
                why = f"how much is not said: {one.needs}"
                unpriced.append(_part(entry, one.meter, why))
            else:
                assert isinstance(one.quantity, Decimal), "a described month is made of numbers"
                rows.append(_Row(entry, one))
        if not used and not needed:
            amounts = [
                name for name in entry.said if isinstance(getattr(entry.inputs, name), Decimal)
            ]
            if amounts:
                notes.append(f"{entry.name}: nothing is billed for what is said of it")
            else:
                why = "nothing is said that is billed; see docs/reference/usage.md"
                unpriced.append(_part(entry, None, why))
        notes += _without_effect(entry, hours, used)
    return rows, unpriced, notes


def _needed(entry: Entry, used: tuple[Usage | Unsaid, ...]) -> tuple[str, ...]:
    """Return what a template's resource still needs to be told, in one line of names."""
    if not entry.type:
        return ()
    asked = [name for one in used if isinstance(one, Unsaid) for name in one.needs.split(", ")]
    return tuple(dict.fromkeys([*entry.needs, *asked]))


def _without_effect(
    entry: Entry, hours: Decimal, used: tuple[Usage | Unsaid, ...]
) -> Iterable[str]:
    """Yield the inputs that change nothing: often a sign that another one was meant."""
    inputs = entry.inputs
    assert inputs is not None
    blank = {field: _default(inputs, field) for field in entry.said}
    counted = _counted(used)
    for name in entry.said:
        value = getattr(inputs, name)
        if value == blank[name] or value == ZERO:
            continue
        without = service(entry.service).used(replace(inputs, **{name: blank[name]}), hours)
        if blank[name] is not _REQUIRED and _counted(tuple(without)) == counted:
            yield f"{entry.name}: `{name}` changes nothing here"


_REQUIRED = object()


def _default(inputs: Value, name: str) -> object:
    import msgspec

    for field in msgspec.structs.fields(inputs):
        if field.name == name:
            return _REQUIRED if field.required else field.default
    raise AssertionError(f"{type(inputs).__name__} has no {name}")


def _counted(used: tuple[Usage | Unsaid, ...]) -> list[tuple[Meter, object]]:
    return [
        (one.meter, one.needs if isinstance(one, Unsaid) else (one.quantity, one.allowed))
        for one in used
    ]


def _line(
    row: _Row, pricer: Pricer, meters: dict[Meter, _Meter], allowances: _Allowances
) -> BilledLine | str:
    """Return the line of one use, or why it has no price."""
    entry, usage = row
    meter, quantity = usage.meter, usage.quantity
    assert isinstance(quantity, Decimal)
    price = pricer.price(meter)
    if isinstance(price, str):
        return price
    if meter not in meters:
        meters[meter] = _Meter(price, free=allowances.on)
    free, because, source = allowances.take(usage, quantity)
    list_cost, bands = meters[meter].take(quantity, quantity - free)
    in_band = sum((band.quantity for band in bands if _is_free_band(band, price)), ZERO)
    if in_band:
        free += in_band
        because = because or "the $0 first band of the price"
        bands = tuple(band for band in bands if not _is_free_band(band, price))
    return BilledLine(
        placement=entry.name,
        service=entry.service,
        sku_id=price.sku,
        sku_meter=price.name or price.usage_type or str(meter),
        region_id=pricer.region,
        pricing_quantity=quantity - free,
        pricing_unit=meter.unit,
        list_unit_price=bands[0].list_unit_price
        if bands
        else price.without_allowance().first_paid_usd,
        list_cost=list_cost,
        effective_cost=sum((band.cost for band in bands), ZERO),
        formula=usage.why,
        effective_date=price.effective_date,
        source=price.source,
        basis=price.basis.value,
        used_quantity=quantity,
        free_quantity=free,
        free_because=because,
        free_source=source or price.source,
        bands=bands,
        where=entry.where,
    )


def _is_free_band(band: Band, price: ListPrice) -> bool:
    return band.list_unit_price == ZERO and len(price.tiers) > 1 and band.begin == ZERO


def _cost(tiers: tuple[Tier, ...], quantity: Decimal) -> Decimal:
    return sum((band.cost for band in _bands(tiers, ZERO, quantity)), ZERO)


def _bands(tiers: tuple[Tier, ...], begin: Decimal, end: Decimal) -> Iterable[Band]:
    for tier in tiers:
        low = max(begin, tier.begin)
        high = end if tier.end is None else min(end, tier.end)
        if high > low:
            yield Band(
                quantity=high - low,
                list_unit_price=tier.usd,
                cost=(high - low) * tier.usd,
                begin=tier.begin,
            )


def _part(entry: Entry, meter: Meter | None, reason: str) -> UnpricedPart:
    return UnpricedPart(
        placement=entry.name,
        service=entry.service,
        meter=str(meter) if meter is not None else "",
        reason=f"{reason} ({entry.where})" if entry.type and entry.where else reason,
    )


def _place_of(entries: tuple[Entry, ...]) -> _Place:
    return _Place({entry.name: place for place, entry in enumerate(entries)})


class _Place:
    """Orders parts as their entries stand in the file."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self.places = places

    def __call__(self, part: UnpricedPart) -> int:
        return self.places.get(part.placement, len(self.places))


def _account_notes(described: Described) -> Iterable[str]:
    if described.free_tier != "account":
        return
    account: Account = described.account
    cutoff = limit("freetier-cutoff-date").value
    offers = limit("freetier-12-month-only").value
    if not account.opened:
        yield (
            f"the account's date is not said: offers of the first 12 months ({offers}) and "
            "sign-up credits are not taken off"
        )
    elif account.opened < cutoff:
        yield (
            f"offers of an account's first 12 months ({offers}) are not modelled: while they last "
            "the account may pay less"
        )
    else:
        yield (
            f"an account opened from {cutoff} on has sign-up credits "
            f"(${limit('freetier-signup-credit').value}, and as much again to be earned) in place "
            "of 12-month offers; they are not taken off"
        )
