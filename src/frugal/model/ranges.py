"""Ranges in place of points: months as they may come, every volume at once, answers not given yet.

The figures of a Decision are those of one month: the high end of the volume, every unclear send
looked up as often as it may be. These say what surrounds that month.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Value


class Contribution(Value, frozen=True, kw_only=True):
    """What one thing that varies between months does to the cost, all others at their middle."""

    input: str  #: payouts, partner_seconds, calls_again
    how: str  #: its distribution, in words
    p10: Decimal  #: the input's own
    p90: Decimal
    cost_p10: Decimal  #: a month's list price with the input at its P10
    cost_p90: Decimal
    share: Decimal  #: of the spread, by squares; all shares add up to one


class CostRange(Value, frozen=True, kw_only=True):
    """Between ``p10`` and ``p90`` lie eight months of ten: list price, added to today's bill.

    The three figures are rounded to the nearest ``rounded_to``, less than a two-hundredth of what
    lies between them, so that rounding moves no more than a few months in a thousand. Where the
    cost does not vary they are equal.
    """

    p10: Decimal
    p50: Decimal
    p90: Decimal
    rounded_to: Decimal
    draws: int
    seed: int
    varied: tuple[Contribution, ...]

    @property
    def varies(self) -> bool:
        return self.p10 < self.p90


class Reach(Value, frozen=True, kw_only=True):
    """What would be chosen at one volume, what it costs there, and how much further it goes."""

    payouts_per_day: Decimal
    pattern: str  #: empty: nothing is feasible
    full: bool
    list_monthly: Decimal | None
    list_per_payout: Decimal | None
    #: Up to here it stays the choice: then a limit binds it or another is cheaper.
    until_payouts_per_day: Decimal | None  #: None: beyond all that is searched
    check: str  #: the limit that ends it there; ``cost``; empty where nothing known does
    what: str  #: the same in words; where nothing is feasible, why


class Plausible(Value, frozen=True, kw_only=True):
    """One answer a question may well get, and what the design would come to."""

    answer: str
    why: str  #: why it is plausible
    pattern: str  #: what would be chosen then; empty: nothing is feasible
    list_monthly: Decimal | None  #: the middle of its months (P50)
    #: What it would add to (or take from) the middle month of the design as it is.
    moves_monthly: Decimal | None
    risk: str = ""  #: promises that trials then see broken, by the design as it is
