"""Pricing a million candidates at once, to propose; the exact engine decides.

A sweep asks what each of very many candidates costs, and almost all of them are out of the running
by dollars. For those, floating point is enough, if one knows how far it can be off. So every cost
here comes with a bound on its error, worked out from the sizes of what was added up, and

    proposed(...)    every candidate that may be the cheapest, given these bounds
    cheapest(...)    of those, the one that is: the exact price decides, and only it

No figure of this module is ever shown or ranked by. ``docs/decisions/0004-floats-propose.md`` has
the bound's derivation and the speed measured.

The bound, in short. One rounding is at most ``ROUNDING`` (2^-53) of its result. Each amount ``x``
carries a magnitude ``g >= x`` such that its error is at most ``c * ROUNDING * g`` after ``c``
roundings in a row; a difference takes the sum of both magnitudes. A cost of ``n`` terms
``usd * part of x`` is then within ``(n + c + 8) * 2 * ROUNDING * sum(usd * g)`` of the exact one.
Twice what is needed: that covers what the exact engine rounds at its 28th digit, the rounding of
the bound itself and of the comparisons made with it.

numpy takes some 75 ms to import: nobody imports this module before a sweep needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from frugal.model.curve import ZERO, Amount, curve_of
from frugal.model.errors import PriceNotFound
from frugal.price.engine import Pricer, totals
from frugal.price.usage import PartUsage
from frugal.price_list.meter import Meter
from frugal.price_list.product import ListPrice, Tier
from frugal.services import service, service_ids

Floats: TypeAlias = NDArray[np.float64]

#: The largest relative error of one operation on doubles.
ROUNDING = 2.0**-53
#: More than all that can get lost below the smallest double, whatever it is multiplied by.
TINY = 1e-250
#: Quantities and prices are below this, so that no product can leave the range of doubles.
LARGEST = 1e30
#: Rows reckoned at a time: a column of them and its temporaries stay in the processor's cache.
BLOCK = 1 << 14


class Band(NamedTuple):
    """So much use (``width``) from ``begin`` on, at one price."""

    begin: float
    width: float
    usd: float


class Pooled(NamedTuple):
    """A meter that shares an allowance; ``column`` is None where only the Stack uses it."""

    column: int | None
    today: float  #: what the Stack uses of it
    bands: tuple[Band, ...]


class Shared(NamedTuple):
    """An allowance, with the places in ``Rates.pooled`` of the meters that use it up in turn."""

    quantity: float
    members: tuple[int, ...]


class Rates:
    """What each column of a sheet costs, on top of what the Stack uses today.

    A meter with its own bands only has them moved down by what the Stack uses (exactly, before any
    rounding), so nothing is subtracted later. Meters that share an allowance cannot be taken apart:
    they are priced together with the Stack's use, less what that costs alone.
    """

    __slots__ = ("bands", "flat", "meters", "pooled", "shared", "terms", "weights")

    def __init__(
        self,
        meters: tuple[Meter, ...],
        bands: tuple[tuple[Band, ...], ...],
        pooled: tuple[Pooled, ...] = (),
        shared: tuple[Shared, ...] = (),
    ) -> None:
        assert len(bands) == len(meters), "each column has its bands"
        every = [band for some in (*bands, *(one.bands for one in pooled)) for band in some]
        assert all(0 <= band.usd < LARGEST for band in every), "a price is no rebate"
        self.meters = meters
        self.bands = bands
        self.pooled = pooled
        self.shared = shared
        self.flat = tuple(len(some) == 1 and _is_open(some[0]) for some in bands)
        self.terms = len(every) + len(meters)
        # The first column prices what has one price, the second weighs magnitudes.
        self.weights = np.zeros((len(meters), 2), order="F")
        for column, some in enumerate(bands):
            self.weights[column, 0] = some[0].usd if self.flat[column] else 0.0
            self.weights[column, 1] = _weight(some)


class Sheet:
    """Candidates, a row each, and what each uses of every meter, a column each.

    Args:
        quantities: candidates by meters; columns are kept contiguous.
        rates: what the columns cost.
        unpriced: the candidates that also use something without a price: never proposed.
        roundings: how many roundings lie between each quantity and the exact one it stands for.
    """

    __slots__ = ("quantities", "rates", "roundings", "unpriced")

    def __init__(
        self,
        quantities: Floats,
        rates: Rates,
        *,
        unpriced: NDArray[np.bool_] | None = None,
        roundings: int = 1,
    ) -> None:
        self.quantities = np.asfortranarray(quantities, dtype=np.float64)
        self.rates = rates
        self.unpriced = unpriced
        self.roundings = roundings
        assert self.quantities.shape[1:] == (len(rates.meters),), "a column for each meter"
        assert roundings >= 1, "a double stands for a decimal it is rarely equal to"
        if self.quantities.size:
            low, high = self.quantities.min(), self.quantities.max()
            assert low >= 0, f"a month's use cannot be negative: {low}"
            assert high < LARGEST, f"a month's use of {high}"

    def __len__(self) -> int:
        return len(self.quantities)


class Reckoned(NamedTuple):
    """Costs, and how far each may be from the exact one. Unpriced: infinite, off by nothing."""

    costs: Floats
    bounds: Floats


def rates_of(pricer: Pricer, meters: Sequence[Meter], *, effective: bool = False) -> Rates:
    """Return the rates of these meters: list prices, or with the account's allowances.

    Raises:
        PriceNotFound: one of them has no price in the pricer's Region.
    """
    today = {
        meter: quantity
        for meter, quantity in totals(pricer.baseline).items()
        if isinstance(quantity, Decimal)
    }
    prices = {meter: _priced(pricer, meter) for meter in meters}
    if not effective:
        return Rates(
            tuple(meters),
            tuple(
                bands_of(prices[one].without_allowance().tiers, today.get(one, ZERO))
                for one in meters
            ),
        )
    drawn = list(_drawn(pricer, prices, today)) if pricer.allowances else []
    places = {meter: at for at, meter in enumerate(dict.fromkeys(m for _, ms in drawn for m in ms))}
    columns = {meter: column for column, meter in enumerate(meters)}
    return Rates(
        tuple(meters),
        tuple(
            () if one in places else bands_of(prices[one].tiers, today.get(one, ZERO))
            for one in meters
        ),
        tuple(
            Pooled(
                columns.get(meter),
                float(today.get(meter, ZERO)),
                bands_of(_priced(pricer, meter).tiers),
            )
            for meter in places
        ),
        tuple(Shared(float(free), tuple(places[one] for one in ms)) for free, ms in drawn),
    )


def bands_of(tiers: Iterable[Tier], today: Decimal = ZERO) -> tuple[Band, ...]:
    """Return what further use costs once ``today`` is used, without the bands that cost nothing."""
    found = []
    for tier in tiers:
        begin = max(tier.begin - today, ZERO)
        width = None if tier.end is None else tier.end - today - begin
        if tier.usd and (width is None or width > ZERO):
            wide = np.inf if width is None else float(width)
            found.append(Band(float(begin), wide, float(tier.usd)))
    return tuple(found)


def sheet_of(
    pricer: Pricer, usages: Iterable[Iterable[PartUsage]], *, effective: bool = False
) -> Sheet:
    """Return a sheet of candidates that are there already, each as what it uses."""
    rows = [totals(usage) for usage in usages]
    meters = dict.fromkeys(meter for row in rows for meter in row)
    priced = [meter for meter in meters if isinstance(pricer.price(meter), ListPrice)]
    columns = {meter: column for column, meter in enumerate(priced)}
    quantities = np.zeros((len(rows), len(priced)), order="F")
    unpriced = np.zeros(len(rows), dtype=np.bool_)
    for at, row in enumerate(rows):
        for meter, quantity in row.items():
            assert isinstance(quantity, Decimal), "a sheet is made of numbers"
            if meter in columns:
                quantities[at, columns[meter]] = float(quantity)
            else:
                unpriced[at] = True
    return Sheet(quantities, rates_of(pricer, priced, effective=effective), unpriced=unpriced)


def reckon(sheet: Sheet) -> Reckoned:
    """Return what each candidate adds to the month, and how far that may be off."""
    rates = sheet.rates
    costs, sizes = np.zeros(len(sheet)), np.zeros(len(sheet))
    nothing = np.zeros((1, len(rates.meters)), order="F")
    base_cost, base_size = np.zeros(1), np.zeros(1)
    _add_pooled(rates, nothing, base_cost, base_size)
    for begin in range(0, len(sheet), BLOCK):
        rows = slice(begin, begin + BLOCK)
        block, cost, size = sheet.quantities[rows], costs[rows], sizes[rows]
        both = block @ rates.weights
        cost += both[:, 0]
        size += both[:, 1]
        for column, bands in enumerate(rates.bands):
            if not rates.flat[column]:
                _add_bands(bands, block[:, column], cost)
        if rates.pooled:
            _add_pooled(rates, block, cost, size)
            cost -= base_cost
            size += base_size
    steps = sum(len(one.members) + 1 for one in rates.shared) + 1
    factor = (rates.terms + sheet.roundings + steps + 8) * 2 * ROUNDING
    bounds = sizes * factor + TINY
    if sheet.unpriced is not None:
        costs[sheet.unpriced] = np.inf
        bounds[sheet.unpriced] = 0.0
    return Reckoned(costs, bounds)


def proposed(sheets: Iterable[Sheet], within: Decimal = ZERO) -> list[int]:
    """Return every candidate that may cost at most ``within`` more than the cheapest, in order.

    Sheets are taken one at a time, so a sweep may build them as it goes: a million candidates by
    thirty meters are 240 MB at once. Candidates are numbered through.
    """
    low, offset = np.inf, 0
    near: list[tuple[NDArray[np.intp], Floats]] = []
    for sheet in sheets:
        costs, bounds = reckon(sheet)
        if len(sheet):
            low = min(low, (costs + bounds).min())
        floors = costs - bounds
        (rows,) = np.nonzero(np.isfinite(floors) & (floors <= _limit(low, within)))
        near.append((rows + offset, floors[rows]))
        offset += len(sheet)
    limit = _limit(low, within)
    return [int(row) for rows, floors in near for row in rows[floors <= limit]]


def cheapest(sheets: Iterable[Sheet], exact: Callable[[int], Decimal]) -> int:
    """Return the cheapest candidate; of several that cost exactly the same, the first.

    Args:
        sheets: all candidates, numbered through.
        exact: the exact price of one of them; asked only of those that may be the cheapest.

    Raises:
        PriceNotFound: every candidate uses something that has no price.
    """
    near = proposed(sheets)
    if not near:
        raise PriceNotFound("no candidate has a price for all that it uses")
    return near[0] if len(near) == 1 else min(near, key=exact)


def sweep(
    pricer: Pricer, usage: Iterable[PartUsage], volumes: Floats, *, effective: bool = False
) -> Reckoned:
    """Return one candidate's cost at each volume, of a usage whose volume is left open.

    Raises:
        PriceNotFound: the candidate uses something that has no price.
    """
    added = pricer.added(usage)
    if added.unpriced:
        raise PriceNotFound("no price for " + ", ".join(added.unpriced), where=pricer.region)
    return along(added.effective_monthly if effective else added.list_monthly, volumes)


def along(amount: Amount, places: Floats) -> Reckoned:
    """Return a curve's value at each place, and how far each may be off.

    Each place is found on its very piece, also beside a jump: a break is rounded up to the next
    double, and no double lies between the two.
    """
    pieces = curve_of(amount).pieces
    breaks = np.array([_rounded_up(start) for start, _, _ in pieces])
    intercepts = np.array([float(intercept) for _, intercept, _ in pieces])
    slopes = np.array([float(slope) for _, _, slope in pieces])
    x = np.asarray(places, dtype=np.float64)
    if x.size:
        assert x.min() >= 0, "a curve begins at 0"
        assert x.max() < LARGEST, f"a volume of {x.max()}"
    at = np.searchsorted(breaks, x, side="right") - 1
    rise = slopes[at] * x
    up = intercepts[at]
    return Reckoned(up + rise, (np.abs(up) + np.abs(rise)) * (8 * ROUNDING) + TINY)


def _add_bands(bands: tuple[Band, ...], used: Floats, cost: Floats) -> None:
    top = used.max(initial=0.0)
    for band in bands:
        if top <= band.begin:
            break
        part = used - band.begin if band.begin else used
        if top - band.begin > band.width:
            part = np.minimum(part, band.width)
        if band.begin:
            np.maximum(part, 0.0, out=part)
        cost += part * band.usd


def _add_pooled(rates: Rates, block: Floats, cost: Floats, size: Floats) -> None:
    """Add what meters that share allowances cost together with the Stack's use of them."""
    used: list[Floats] = []
    sizes: list[Floats] = []
    for one in rates.pooled:
        now = np.zeros(len(block)) if one.column is None else block[:, one.column]
        used.append(now + one.today)
        sizes.append(used[-1])
    for allowance in rates.shared:
        left = np.full(len(block), allowance.quantity)
        left_size = left
        for at in allowance.members:
            billed = np.maximum(used[at] - left, 0.0)
            left = np.maximum(left - used[at], 0.0)
            sizes[at] = left_size = sizes[at] + left_size
            used[at] = billed
    for one, billed, magnitude in zip(rates.pooled, used, sizes, strict=True):
        _add_bands(one.bands, billed, cost)
        size += magnitude * _weight(one.bands)


def _drawn(
    pricer: Pricer, priced: dict[Meter, ListPrice], today: dict[Meter, Decimal]
) -> Iterator[tuple[Decimal, tuple[Meter, ...]]]:
    """Yield the allowances these meters draw on, with who draws: the Stack's meters among them.

    One that no column draws on changes nothing: what the Stack pays there, it pays already.
    """
    there = set(priced) | {one for one in today if isinstance(pricer.price(one), ListPrice)}
    every = [one for id in service_ids() for one in service(id).allowances]
    linked = set(priced)
    while True:  # a meter of two allowances links them
        more = {m for one in every if linked & set(one.meters) for m in one.meters} & there
        if more <= linked:
            break
        linked |= more
    for allowance in every:
        members = tuple(meter for meter in allowance.meters if meter in linked)
        if members:
            yield allowance.quantity, members


def _priced(pricer: Pricer, meter: Meter) -> ListPrice:
    price = pricer.price(meter)
    if isinstance(price, str):
        raise PriceNotFound(price)
    return price


def _is_open(band: Band) -> bool:
    return not band.begin and band.width == np.inf


def _weight(bands: tuple[Band, ...]) -> float:
    return sum(band.usd for band in bands)


def _limit(low: float, within: Decimal) -> float:
    return (low + float(within)) * (1 + 8 * ROUNDING)


def _rounded_up(number: Decimal) -> float:
    near = float(number)
    return near if Decimal(near) >= number else float(np.nextafter(near, np.inf))
