"""The range of a month's cost: eight months of ten lie in it, and what widens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from frugal.model.brief import Brief
from frugal.model.graph import Candidate
from frugal.model.ranges import Contribution, CostRange
from frugal.patterns import Scene
from frugal.price.engine import Pricer
from frugal.simulate.months.drawn import ASSUMED_FACTOR, KNOWN_FACTOR, Month, Months
from frugal.simulate.months.month_cost import MonthCost, box_of, compiled

#: Months drawn where the compiled cost holds, and where each is priced exactly.
DRAWS, DRAWS_EXACT = 3000, 600
#: The middle alone settles sooner than the ends.
DRAWS_MIDDLE = 200
SEED = 1
#: Rounding moves an end by less than half of this share of the range.
_FINE = 200
_CENT = Decimal("0.01")


class Priced(NamedTuple):
    """Months in the order of their cost, and the cost as a function of what it depends on."""

    months: tuple[Month, ...]
    at: Callable[[float, float, float], float]

    def quantile(self, tenths: int) -> Month:
        return self.months[_rank(len(self.months), tenths)]


def cost_range(
    candidate: Candidate, scene: Scene, pricer: Pricer, *, seed: int = SEED
) -> CostRange:
    """Return between which figures the months of a design cost.

    Raises:
        PriceNotFound: the design uses something that has no price.
    """
    exact, months = MonthCost(candidate, scene, pricer), Months(scene.brief)
    priced = months_priced(exact, months, seed=seed)
    low, middle, high = (exact.of_month(priced.quantile(tenths)) for tenths in (1, 5, 9))
    unit = rounding_unit(high - low)
    return CostRange(
        p10=low.quantize(unit),
        p50=middle.quantize(unit),
        p90=high.quantize(unit),
        rounded_to=unit,
        draws=len(priced.months),
        seed=seed,
        varied=tuple(_contributions(priced, scene.brief, months, unit)) if low < high else (),
    )


def middle_cost(candidate: Candidate, scene: Scene, pricer: Pricer) -> Decimal:
    """Return what the middle month of a design costs (P50), from fewer draws than a range takes."""
    exact = MonthCost(candidate, scene, pricer)
    priced = months_priced(exact, Months(scene.brief), draws=DRAWS_MIDDLE)
    return exact.of_month(priced.quantile(5))


def months_priced(
    exact: MonthCost, months: Months, *, seed: int = SEED, draws: int = DRAWS
) -> Priced:
    """Return months drawn evenly, cheapest first."""
    drawn = list(months.spread_evenly(draws, seed))
    quick = compiled(exact, box_of(drawn))
    if quick is None:
        drawn = list(months.spread_evenly(min(draws, DRAWS_EXACT), seed))
        return Priced(tuple(sorted(drawn, key=exact.of_month)), exact.number_at)
    drawn.sort(key=lambda month: quick(month.payouts, month.seconds, month.again_per_payout))
    return Priced(tuple(drawn), quick)


def rounding_unit(width: Decimal) -> Decimal:
    """Return the power of ten that the ends of a range are rounded to; a cent where it is none.

    >>> rounding_unit(Decimal("0.034")), rounding_unit(Decimal(0)), rounding_unit(Decimal(900))
    (Decimal('0.0001'), Decimal('0.01'), Decimal('0.01'))
    """
    if not width:
        return _CENT
    return min(_CENT, Decimal(1).scaleb((width / _FINE).adjusted()))


def _contributions(
    priced: Priced, brief: Brief, months: Months, unit: Decimal
) -> Sequence[Contribution]:
    """Return what each input does to the cost alone, the others at their middle."""
    columns = {
        "payouts": [float(month.payouts) for month in priced.months],
        "partner_seconds": [month.seconds for month in priced.months],
        "calls_again": [month.again_per_payout for month in priced.months],
    }
    ranks = [_rank(len(priced.months), tenths) for tenths in (1, 5, 9)]
    ends = {id: [sorted(column)[rank] for rank in ranks] for id, column in columns.items()}
    rows = []
    for id, (low, _, high) in ends.items():
        costs = [
            priced.at(*(end if one == id else middle for one, (_, middle, _) in ends.items()))
            for end in (low, high)
        ]
        rows.append((id, low, high, costs[0], costs[1]))
    squares = sum((after - before) ** 2 for _, _, _, before, after in rows) or 1.0
    return [
        Contribution(
            input=id,
            how=_how(id, brief, months),
            p10=_digits(low),
            p90=_digits(high),
            cost_p10=Decimal(repr(before)).quantize(unit),
            cost_p90=Decimal(repr(after)).quantize(unit),
            share=Decimal(repr(round((after - before) ** 2 / squares, 4)))
            if squares
            else Decimal(0),
        )
        for id, low, high, before, after in rows
    ]


def _how(input: str, brief: Brief, months: Months) -> str:
    """Return how an input is distributed, in words."""
    volume, partner = brief.volume, brief.partner
    low, high = _plain(volume.payouts_per_day_low.value), _plain(volume.payouts_per_day_high.value)
    if input == "payouts":
        if months.is_range:
            return f"the month's level uniform between {low} and {high} a day, its days around that"
        if months.is_guess:
            return f"{high} a day is assumed: the month's level between half and double of it"
        return f"{high} a day as stated, each day Poisson around it"
    if input == "partner_seconds":
        factor = KNOWN_FACTOR if months.times_known else ASSUMED_FACTOR
        return (
            f"log-normal through p50 {_plain(partner.response_seconds_p50.value)} s and "
            f"p99 {_plain(partner.response_seconds_p99.value)} s ({_basis(months.times_known)}); "
            f"4 months of 5 have their median within a factor of {factor:g}"
        )
    return (
        f"the month's share of unclear answers Beta around "
        f"{_plain(partner.inconclusive_share.value * 100)} % ({_basis(months.share_known)}), each "
        f"called for again 1 to {months.again_most} times"
    )


def _basis(known: bool) -> str:
    return "known" if known else "assumed"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def _digits(value: float) -> Decimal:
    """Return a quantity in four significant digits: it is shown, not reckoned with."""
    return Decimal(f"{Decimal(f'{value:.4g}'):f}")


def _rank(count: int, tenths: int) -> int:
    """Return the place of a quantile among so many in order: strata are judged by their middle."""
    return min(count - 1, round(count * tenths / 10 - 0.5))
