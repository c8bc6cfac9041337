"""What a design costs in a month that came as it did: exactly, or compiled for many months.

The exact way builds the graph for the month's load, asks every service for its use and prices it;
some 0.15 ms. Thousands of months take a compiled form of the same formulas. A month's cost depends
on three numbers: payouts, seconds of a call, and calls made again per payout. Left open, the first
gives an exact curve; for given payouts, cost rises in a straight line with each of the other two,
but for bands and steps. So four exact curves at the corners of the months drawn, and straight lines
between them, are the cost of every month among them. That there is no band or step in the way is
not taken for granted: the compiled form is held against the exact one between the corners, and
where they differ, the exact one is used on fewer months.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import product
from typing import TypeAlias

import msgspec

from frugal.model.curve import Amount, Curve, curve_of
from frugal.model.errors import PriceNotFound
from frugal.model.graph import Candidate
from frugal.model.load import Load
from frugal.patterns import Scene, pattern
from frugal.price.engine import Pricer
from frugal.price.usage import usage_of
from frugal.simulate.months.drawn import Month

#: How far the compiled cost may be off, of all that lies between the cheapest and dearest month.
TOLERANCE = 1e-3
_EVEN = 1e-9

CostOf: TypeAlias = Callable[[float, float, float], float]


class MonthCost:
    """One candidate's list price in a month, exactly.

    Raises:
        PriceNotFound: it uses something that has no price.
    """

    def __init__(self, candidate: Candidate, scene: Scene, pricer: Pricer) -> None:
        self._pattern = pattern(candidate.pattern)
        self._settings = dict(candidate.settings)
        self._scene = scene
        self._pricer = pricer

    def of(self, load: Load) -> Amount:
        """Return what a month with this load adds at list price."""
        scene = msgspec.structs.replace(self._scene, load=load)
        candidate = self._pattern.candidate(scene, self._settings)
        listed = self._pricer.listed(usage_of(candidate, scene))
        if listed.unpriced:
            raise PriceNotFound("no price for " + ", ".join(listed.unpriced))
        return listed.list_monthly

    def of_month(self, month: Month) -> Decimal:
        cost = self.of(month.load(self._scene.load))
        assert isinstance(cost, Decimal), "a month is numbers"
        return cost

    def at(self, payouts: Amount, seconds: float, again: float) -> Amount:
        """Return the cost with these three numbers; the payouts may be left open."""
        return self.of(
            msgspec.structs.replace(
                self._scene.load,
                payouts=payouts,
                partner_seconds_mean=Decimal(repr(seconds)),
                inconclusive_share=Decimal(repr(again)),
                lookups_per_inconclusive=Decimal(1),
            )
        )

    def number_at(self, payouts: float, seconds: float, again: float) -> float:
        cost = self.at(Decimal(repr(payouts)), seconds, again)
        assert isinstance(cost, Decimal)
        return float(cost)


class Compiled:
    """The cost between the corners of a box of months, as a number of three numbers."""

    __slots__ = ("_again", "_corners", "_seconds", "_starts", "steady")

    def __init__(self, cost: MonthCost, box: Box) -> None:
        (fewest, most), self._seconds, self._again = box
        low, high = Decimal(repr(fewest)), Decimal(repr(most))
        curves = [
            curve_of(cost.at(Curve.of_input(), seconds, again))
            for seconds, again in product(self._seconds, self._again)
        ]
        breaks = [{x for x in curve.breaks if low < x < high} for curve in curves]
        #: Whether the curves break at the same places: else the places move between the corners.
        self.steady = all(own == breaks[0] for own in breaks)
        starts = [low, *sorted(set.union(*breaks))]
        self._starts = [float(start) for start in starts]
        self._corners = [[_line(curve, start) for curve in curves] for start in starts]

    def __call__(self, payouts: float, seconds: float, again: float) -> float:
        lines = self._corners[max(bisect_right(self._starts, payouts) - 1, 0)]
        (a1, b1), (a2, b2), (a3, b3), (a4, b4) = lines
        seconds_from, seconds_to = self._seconds
        again_from, again_to = self._again
        right = (seconds - seconds_from) / (seconds_to - seconds_from)
        up = (again - again_from) / (again_to - again_from)
        quick = (a1 + b1 * payouts) * (1 - up) + (a2 + b2 * payouts) * up
        slow = (a3 + b3 * payouts) * (1 - up) + (a4 + b4 * payouts) * up
        return quick * (1 - right) + slow * right


Box: TypeAlias = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


def box_of(months: Sequence[Month]) -> Box:
    """Return the least and the most of what a month's cost depends on, never one number."""
    columns = (
        [float(month.payouts) for month in months],
        [month.seconds for month in months],
        [month.again_per_payout for month in months],
    )
    low_high = [(min(column), max(column)) for column in columns]
    payouts, seconds, again = ((low, high if high > low else low + 1) for low, high in low_high)
    return payouts, seconds, again


def compiled(cost: MonthCost, box: Box) -> Compiled | None:
    """Return the compiled cost, or None where it is not the exact one between the corners."""
    quick = Compiled(cost, box)
    if not quick.steady:
        return None
    corners = [quick(*place) for place in product(*box)]
    allowed = (max(corners) - min(corners)) * TOLERANCE + max(corners) * _EVEN
    for parts in ((0.5, 0.5, 0.5), (0.2, 0.3, 0.1), (0.1, 0.1, 0.4), (0.7, 0.6, 0.2)):
        place = [low + (high - low) * part for (low, high), part in zip(box, parts, strict=True)]
        payouts, seconds, again = round(place[0]), round(place[1], 6), place[2]
        if abs(quick(payouts, seconds, again) - cost.number_at(payouts, seconds, again)) > allowed:
            return None
    return quick


def _line(curve: Curve, x: Decimal) -> tuple[float, float]:
    """Return the straight line a curve follows from ``x`` on."""
    _, intercept, slope = next(piece for piece in reversed(curve.pieces) if piece[0] <= x)
    return float(intercept), float(slope)
