"""Laws of the fast path: it is never further off than it says, and never decides.

The exact side of each law is kept apart from what it judges: fractions, or the engine that every
figure comes from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from frugal.model.curve import Amount, Curve, at_least, ceiling, tiered
from frugal.price import fast
from frugal.price.engine import Pricer
from frugal.price.usage import PartUsage
from frugal.price_list.lookup import open_snapshot
from frugal.price_list.meter import Meter
from frugal.price_list.product import Tier
from frugal.services import Usage, service, service_ids

REGION = "us-east-1"
ZERO = Decimal(0)

#: Those whose meters have a price; the ones that several meters share are drawn on more often.
ALLOWANCES = tuple(
    allowance
    for id in service_ids()
    for allowance in service(id).allowances
    for _ in allowance.meters
    if all(open_snapshot().has(meter, REGION) for meter in allowance.meters)
)

prices = st.decimals(0, 1000, places=10, allow_nan=False, allow_infinity=False)
#: From a trillionth of a unit to a thousand times what a usage file may name.
amounts = st.one_of(
    st.just(ZERO),
    st.integers(0, 50).map(Decimal),
    st.decimals(0, 1000, places=12, allow_nan=False, allow_infinity=False),
    st.integers(0, 10**30).map(lambda n: Decimal(n).scaleb(-12)),
)


@st.composite
def tier_tables(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Bands from 0 to infinity, of any price, narrow and wide."""
    ends = sorted(draw(st.sets(amounts, max_size=4)) - {ZERO})
    begins = (ZERO, *ends)
    return tuple(
        Tier(begin=begin, end=end, usd=draw(prices))
        for begin, end in zip(begins, (*ends, None), strict=True)
    )


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[tuple[Decimal, ...]], list[tuple[Tier, ...]], Decimal]:
    """Return rows of quantities, some of them on the very edge of a band, and their tiers."""
    tables = draw(st.lists(tier_tables(), min_size=1, max_size=4))
    today = draw(amounts)
    columns = []
    for table in tables:
        edges = [tier.end - today for tier in table if tier.end is not None and tier.end >= today]
        near = st.sampled_from(edges).flatmap(
            lambda edge: st.sampled_from([-1, 0, 1]).map(
                lambda n: max(edge + Decimal(n).scaleb(-18), ZERO)
            )
        )
        columns.append(st.one_of(amounts, near) if edges else amounts)
    rows = draw(st.lists(st.tuples(*columns), min_size=1, max_size=6))
    return rows, tables, today


def meter(number: int) -> Meter:
    return Meter(offer="AnyOffer", unit="Requests", usage_type=f"Meter{number}")


def sheet(
    rows: Iterable[tuple[Decimal, ...]], tables: list[tuple[Tier, ...]], today: Decimal = ZERO
) -> fast.Sheet:
    quantities = np.array([[float(one) for one in row] for row in rows])
    rates = fast.Rates(
        tuple(meter(n) for n in range(len(tables))),
        tuple(fast.bands_of(table, today) for table in tables),
    )
    return fast.Sheet(quantities, rates)


def exact(row: tuple[Decimal, ...], tables: list[tuple[Tier, ...]], today: Decimal) -> Fraction:
    """What a row costs beyond today's use, band by band, in fractions."""
    total = Fraction(0)
    for quantity, table in zip(row, tables, strict=True):
        low, high = Fraction(today), Fraction(today) + Fraction(quantity)
        for tier in table:
            begin = max(low, Fraction(tier.begin))
            end = high if tier.end is None else min(high, Fraction(tier.end))
            total += max(end - begin, Fraction(0)) * Fraction(tier.usd)
    return total


@given(sheets())
def test_costs_are_within_their_bounds(
    given_sheet: tuple[list[tuple[Decimal, ...]], list[tuple[Tier, ...]], Decimal],
) -> None:
    """The exact cost lies within the bound of the fast one, at any size, on any edge."""
    rows, tables, today = given_sheet
    costs, bounds = fast.reckon(sheet(rows, tables, today))
    for row, cost, bound in zip(rows, costs, bounds, strict=True):
        assert abs(Fraction(float(cost)) - exact(row, tables, today)) <= Fraction(float(bound))


@st.composite
def near_ties(draw: st.DrawFn) -> tuple[list[tuple[Decimal, ...]], list[tuple[Tier, ...]]]:
    """Candidates that no double can tell apart, or just can, and some that are the same.

    Each moves some of one meter's use to another at the rate of their prices, so that they add up
    different numbers to nearly the same cost; then each is nudged by as little as its 26th digit.
    """
    dear = st.decimals("0.001", 1000, places=10, allow_nan=False, allow_infinity=False)
    flat = dear.map(lambda usd: (Tier(begin=ZERO, end=None, usd=usd),))
    tables = [draw(flat), draw(flat), *draw(st.lists(tier_tables(), max_size=2))]
    first = draw(st.tuples(*[amounts] * len(tables)))
    rows = []
    for _ in range(draw(st.integers(2, 8))):
        row = list(first)
        moved = first[0] * draw(st.integers(0, 1000)) / 1000
        row[0] -= moved
        row[1] += moved * tables[0][0].usd / tables[1][0].usd
        scale = draw(st.sampled_from([-26, -18, -16, -15, -12, -6, 0]))
        for place in range(len(row)):
            nudge = Decimal(draw(st.integers(-3, 3))).scaleb(scale)
            row[place] = max(row[place] + row[place] * nudge, ZERO)
        rows.append(tuple(row))
    return rows, tables


@given(near_ties(), st.integers(1, 4))
def test_the_winner_is_the_exact_one(
    given_rows: tuple[list[tuple[Decimal, ...]], list[tuple[Tier, ...]]], at_a_time: int
) -> None:
    """However close the race, and however the sheets are cut: the exact cheapest, the first."""
    rows, tables = given_rows
    costs = [exact(row, tables, ZERO) for row in rows]
    asked = []

    def price(row: int) -> Decimal:
        asked.append(row)
        with localcontext() as context:
            context.prec = 200
            return Decimal(costs[row].numerator) / costs[row].denominator

    parts = [
        sheet(rows[begin : begin + at_a_time], tables) for begin in range(0, len(rows), at_a_time)
    ]
    assert fast.cheapest(parts, price) == costs.index(min(costs))
    assert asked == sorted(asked)


@given(near_ties(), prices)
def test_nothing_near_the_cheapest_is_left_out(
    given_rows: tuple[list[tuple[Decimal, ...]], list[tuple[Tier, ...]]], within: Decimal
) -> None:
    """All within so many dollars of the cheapest are proposed, and nothing clearly dearer is."""
    rows, tables = given_rows
    costs = [exact(row, tables, ZERO) for row in rows]
    found = fast.proposed([sheet(rows, tables)], within)
    limit = min(costs) + Fraction(within)
    assert {at for at, cost in enumerate(costs) if cost <= limit} <= set(found)
    assert found == sorted(set(found))
    steepest = sum(Fraction(tier.usd) for table in tables for tier in table)
    size = Fraction(max(max(row) for row in rows)) * steepest + Fraction(within)
    clearly = limit + size / 10**12 + Fraction(1, 10**200)
    assert all(costs[at] <= clearly for at in found)


def used(quantities: Mapping[Meter, Amount]) -> list[PartUsage]:
    return [
        PartUsage("part", "service", Usage(meter=one, quantity=quantity, why=""), False)
        for one, quantity in quantities.items()
    ]


Month = dict[Meter, Decimal]


@st.composite
def accounts(draw: st.DrawFn) -> tuple[Month, list[Month]]:
    """What a Stack uses today, and candidates on top: of meters that have allowances.

    Often two share one, often it is nearly used up, and often candidates differ by next to nothing.
    """
    allowances = draw(st.lists(st.sampled_from(ALLOWANCES), min_size=1, max_size=3))
    meters = [meter for allowance in allowances for meter in allowance.meters]
    shares = [
        st.integers(0, 3000).map(lambda n, a=one: a.quantity * n / 1009) for one in allowances
    ]
    month = st.dictionaries(st.sampled_from(meters), st.one_of(*shares, amounts), max_size=4)
    candidates = draw(st.lists(month, min_size=1, max_size=3))
    for _ in range(draw(st.integers(0, 3))):
        nudge = Decimal(draw(st.integers(-9, 9))).scaleb(draw(st.integers(-20, -3)))
        model = draw(st.sampled_from(candidates))
        candidates.append({one: quantity + quantity * nudge for one, quantity in model.items()})
    return draw(month), candidates


#: Whether the account's allowances apply, and whether effective or list costs are asked for.
asked_for = st.sampled_from([(True, True), (True, True), (False, True), (True, False)])


@given(accounts(), asked_for)
def test_the_engine_agrees(account: tuple[Month, list[Month]], asked: tuple[bool, bool]) -> None:
    """With bands and shared allowances half used up by the Stack: same costs, same winner."""
    (today, candidates), (allowances, effective) = account, asked
    pricer = Pricer(open_snapshot(), REGION, used(today), allowances=allowances)
    sheet = fast.sheet_of(pricer, map(used, candidates), effective=effective)
    costs: list[Decimal] = []
    with localcontext() as context:
        context.prec = 60
        for candidate in candidates:
            added = pricer.added(used(candidate))
            cost = added.effective_monthly if effective else added.list_monthly
            assert isinstance(cost, Decimal)
            costs.append(cost)
    for cost, near, bound in zip(costs, *fast.reckon(sheet), strict=True):
        assert abs(Fraction(float(near)) - Fraction(cost)) <= Fraction(float(bound))
    assert fast.cheapest([sheet], costs.__getitem__) == costs.index(min(costs))


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """Curves as costs are: sums of bands, floors and stairs of the open input."""
    x = Curve.of_input()
    total = Curve.constant(draw(prices))
    for _ in range(draw(st.integers(1, 3))):
        slope, less = draw(prices), draw(amounts)
        inner = at_least(x * slope - less, ZERO)
        bands = tuple((tier.begin, tier.end, tier.usd) for tier in draw(tier_tables()))
        kind = draw(st.sampled_from(["bands", "stairs", "fall"]))
        if kind == "bands":
            more = tiered(inner, bands)
        elif kind == "stairs":
            more = ceiling(x / draw(st.integers(1, 900)))
        else:
            more = -inner
        total = total + more
    return total


@given(curves(), st.lists(st.floats(0, 1e18, allow_subnormal=False), max_size=5))
def test_a_sweep_is_its_curve(curve: Curve, anywhere: list[float]) -> None:
    """At any volume, on a break and on either side of it, the value is the curve's own."""
    on = [float(start) for start in curve.breaks if start < 10**29]
    beside = [math.nextafter(x, way) for x in on for way in (0.0, math.inf)]
    places = np.array([*anywhere, *on, *beside])
    values, bounds = fast.along(curve, places)
    for x, value, bound in zip(places, values, bounds, strict=True):
        with localcontext() as context:
            context.prec = 120
            read = curve(Decimal(float(x)))
        assert abs(Fraction(float(value)) - Fraction(read)) <= Fraction(float(bound)), x


@given(accounts(), st.lists(st.integers(0, 10**9), min_size=1, max_size=5), asked_for)
def test_a_sweep_is_the_engine(
    account: tuple[Month, list[Month]], volumes: list[int], asked: tuple[bool, bool]
) -> None:
    """What a sweep says of an open volume is what the engine says at each."""
    (today, (per_payout, *_)), (allowances, effective) = account, asked
    pricer = Pricer(open_snapshot(), REGION, used(today), allowances=allowances)
    x = Curve.of_input()
    with localcontext() as context:
        context.prec = 60
        opened = used({one: x * quantity for one, quantity in per_payout.items()})
        found = fast.sweep(pricer, opened, np.array(volumes, dtype=float), effective=effective)
        for volume, near, bound in zip(volumes, *found, strict=True):
            added = pricer.added(used({one: volume * each for one, each in per_payout.items()}))
            cost = added.effective_monthly if effective else added.list_monthly
            assert isinstance(cost, Decimal)
            # The curve's own breaks are quotients, rounded at the context's last digit.
            slack = Fraction(1, 10**20)
            assert abs(Fraction(float(near)) - Fraction(cost)) <= Fraction(float(bound)) + slack
